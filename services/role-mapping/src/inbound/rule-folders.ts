import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { SystemName } from '@rolebridge/contracts';
import { readYaml } from '@rolebridge/landscape';
import type { YamlSource } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { problemsIn } from '../decide/check-rules.ts';
import type { RuleFile, RuleSet, SystemRules } from '../decide/rule-set.ts';

const schema = JSON.parse(readFileSync(new URL('../../schemas/rules.schema.json', import.meta.url), 'utf8')) as object; // our own file
const isRuleFile = new Ajv2020({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true }).compile<RuleFile>(schema);

/** Parts that only one file of a folder may hold. */
const SINGLE = ['account', 'settings', 'passThrough', 'default'] as const;

interface ReadFile {
  readonly source: YamlSource;
  readonly rules: RuleFile;
}

/**
 * Reads the rules of a landscape: one folder per system below `directory`. Throws {@link ConfigurationError} with one sentence per
 * problem: file, line, field and what would be right. A system without a folder, or a folder without a system, is a problem too:
 * missing configuration must never look like everybody's leaving (L14).
 */
export function loadRules(directory: string, systems: readonly SystemName[]): RuleSet {
  const folders = foldersIn(directory);
  const missing = systems.filter((system) => !folders.includes(system)).map((system) => `${join(directory, system)}: does not exist, but the system ${system} is configured; add the folder with its rules, or retire the system.`);
  const strange = folders.filter((folder) => !systems.includes(folder)).map((folder) => `${join(directory, folder)}: holds rules for a system that is not configured; add ${folder} to the landscape, or remove the folder.`);
  const problems: string[] = [...missing, ...strange];
  const read = systems.filter((system) => folders.includes(system)).map((system) => [system, loadSystem(join(directory, system), problems)] as const);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { systems: Object.fromEntries(read.flatMap(([system, rules]) => (rules ? [[system, rules]] : []))) };
}

function foldersIn(directory: string): readonly string[] {
  return entriesOf(directory).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (!isNativeError(error) || !('code' in error)) throw error;
    throw new ConfigurationError([`RULES_DIR: ${directory} cannot be read; give the folder that holds one folder of rules per system.`]);
  }
}

function loadSystem(folder: string, problems: string[]): SystemRules | undefined {
  const names = entriesOf(folder).flatMap((entry) => (!entry.isDirectory() && /\.ya?ml$/.test(entry.name) ? [entry.name] : []));
  if (names.length === 0) {
    problems.push(`${folder}: holds no rules; add at least one file *.yaml.`);
    return undefined;
  }
  const before = problems.length;
  const files = names.toSorted().flatMap((name) => readRuleFile(join(folder, name), problems));
  if (problems.length > before) return undefined;
  problems.push(...singleProblems(files), ...nameProblems(files));
  const merged = merge(files.map(({ rules }) => rules));
  if (merged.account === undefined) {
    problems.push(`${folder}: no file says who gets an account; add "account: { when: … }" to one of them, for everybody "account: { when: { everybody: true } }".`);
    return undefined;
  }
  return { ...merged, account: merged.account };
}

function readRuleFile(file: string, problems: string[]): readonly ReadFile[] {
  try {
    const source = readYaml(file);
    const rules = source.value;
    if (!isRuleFile(rules)) {
      problems.push(...source.problems(isRuleFile.errors ?? []));
      return [];
    }
    problems.push(...problemsIn(rules).map(({ path, text }) => source.problem(path, text)));
    return [{ source, rules }];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

function singleProblems(files: readonly ReadFile[]): readonly string[] {
  return SINGLE.flatMap((part) => files.filter(({ rules }) => rules[part] !== undefined).slice(1).map(({ source }) => source.problem([part], 'stands in an earlier file of this folder too; keep one of them.')));
}

function nameProblems(files: readonly ReadFile[]): readonly string[] {
  const seen = new Set<string>();
  const places = files.flatMap(({ source, rules }) =>
    (['rules', 'deny'] as const).flatMap((list) => (rules[list] ?? []).map(({ name }, position) => ({ source, name, path: [list, position, 'name'] }))),
  );
  return places.flatMap(({ source, name, path }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [source.problem(path, 'is used twice in this folder; names tell people which rule gave what, so each is unique.')];
  });
}

function merge(files: readonly RuleFile[]): RuleFile {
  const lists = {
    rules: files.flatMap(({ rules }) => rules ?? []),
    deny: files.flatMap(({ deny }) => deny ?? []),
  };
  return Object.assign({}, ...files, lists) as RuleFile; // each single part stands in one file only, checked above
}
