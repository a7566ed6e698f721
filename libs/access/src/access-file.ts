import { readFileSync } from 'node:fs';
import { readYaml, type YamlSource } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { AccessEntry } from './access-entry.ts';
import { FileAuthenticator, type Authenticator, type AuthenticatorOptions } from './authenticator.ts';
import { parseHash } from './hashes.ts';
import type { Authenticated, Caller, CallerRight, Operator, OperatorRight } from './people.ts';
import { WatchedFile, type WatchOptions } from './watched-file.ts';

export interface AccessOptions extends AuthenticatorOptions, WatchOptions {}

interface WrittenEntry<Right extends string> {
  readonly name: string;
  readonly user?: string;
  readonly rights: readonly Right[];
  readonly systems?: readonly string[];
  readonly secrets: readonly string[];
}

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true });
const isCallers = compiled<{ readonly callers: readonly WrittenEntry<CallerRight>[] }>('callers');
const isOperators = compiled<{ readonly operators: readonly WrittenEntry<OperatorRight>[] }>('operators');

function compiled<T>(name: string): ValidateFunction<T> {
  return ajv.compile<T>(JSON.parse(readFileSync(new URL(`../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object); // our own file
}

/** Identity systems, from a YAML file. Throws `ConfigurationError` with one message per field. Later changes of the file take effect by themselves. */
export function loadCallers(file: string, options: AccessOptions = {}): Authenticator<Caller> {
  const read = (): readonly AccessEntry<Caller>[] => {
    const source = readYaml(file);
    if (!isCallers(source.value)) throw new ConfigurationError(source.problems(isCallers.errors ?? []));
    return entriesOf(source.value.callers, 'callers', source, ({ name, rights, systems = [] }) => ({ name, rights, systems }));
  };
  return new FileAuthenticator(new WatchedFile(file, read, options), 'callers', options);
}

/** Operators, from a YAML file; see {@link loadCallers}. */
export function loadOperators(file: string, options: AccessOptions = {}): Authenticator<Operator> {
  const read = (): readonly AccessEntry<Operator>[] => {
    const source = readYaml(file);
    if (!isOperators(source.value)) throw new ConfigurationError(source.problems(isOperators.errors ?? []));
    return entriesOf(source.value.operators, 'operators', source, ({ name, rights }) => ({ name, rights }));
  };
  return new FileAuthenticator(new WatchedFile(file, read, options), 'operators', options);
}

function entriesOf<Right extends string, Who extends Authenticated<string>>(
  written: readonly WrittenEntry<Right>[],
  list: string,
  source: YamlSource,
  whoOf: (entry: WrittenEntry<Right>) => Who,
): readonly AccessEntry<Who>[] {
  const problems = written.flatMap((entry, index) => problemsOf(entry, written.slice(0, index)).map(([field, text]) => source.problem([list, index, ...field], text)));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return written.map((entry) => ({ who: whoOf(entry), user: userOf(entry), hashes: entry.secrets.flatMap((secret) => parseHash(secret) ?? []) }));
}

type Problem = readonly [field: readonly (string | number)[], text: string];

function problemsOf(entry: WrittenEntry<string>, earlier: readonly WrittenEntry<string>[]): readonly Problem[] {
  const secretProblems = entry.secrets.flatMap((secret, index): readonly Problem[] => {
    if (!parseHash(secret)) return [[['secrets', index], 'must be a hash: scrypt$… for a password, sha256$… for a random token; make one with: npx rolebridge hash-secret.']];
    return earlier.some((other) => other.secrets.includes(secret)) ? [[['secrets', index], 'belongs to an earlier entry too; secrets are not shared.']] : [];
  });
  const taken = earlier.some((other) => other.name === entry.name || userOf(other) === userOf(entry));
  return taken ? [[['name'], 'is used twice (as name or user); names and users are unique.'], ...secretProblems] : secretProblems;
}

function userOf(entry: WrittenEntry<string>): string {
  return entry.user ?? entry.name;
}
