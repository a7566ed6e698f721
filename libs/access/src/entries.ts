import { readFileSync } from 'node:fs';
import type { YamlSource } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { AccessEntry } from './access-entry.ts';
import { parseHash } from './hashes.ts';
import type { Authenticated } from './people.ts';

/** What every entry of a file of callers or operators has. */
export interface WrittenEntry {
  readonly name: string;
  readonly user?: string;
  readonly secrets?: readonly string[];
}

/** What is wrong with a field of an entry. */
export type FieldProblem = readonly [field: readonly (string | number)[], text: string];

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true });

/** The check of one of our own files. */
export function schemaCheck<T>(name: string): ValidateFunction<T> {
  return ajv.compile<T>(JSON.parse(readFileSync(new URL(`../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as object); // our own file
}

export interface Reading<Written extends WrittenEntry, Who extends Authenticated<string>> {
  /** Key of the list in the file. */
  readonly list: string;
  readonly source: YamlSource;
  readonly entryOf: (entry: Written) => Omit<AccessEntry<Who>, 'user' | 'hashes'>;
  readonly check?: (entry: Written) => readonly FieldProblem[];
}

/** Entries ready for comparing. Throws `ConfigurationError` with one message per field. */
export function entriesOf<Written extends WrittenEntry, Who extends Authenticated<string>>(written: readonly Written[], reading: Reading<Written, Who>): readonly AccessEntry<Who>[] {
  const { list, source, entryOf, check } = reading;
  const problems = written.flatMap((entry, index) => {
    const found = [...problemsOf(entry, written.slice(0, index)), ...(check?.(entry) ?? [])];
    return found.map(([field, text]) => source.problem([list, index, ...field], text));
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return written.map((entry) => ({ ...entryOf(entry), user: userOf(entry), hashes: (entry.secrets ?? []).flatMap((secret) => parseHash(secret) ?? []) }));
}

function problemsOf(entry: WrittenEntry, earlier: readonly WrittenEntry[]): readonly FieldProblem[] {
  const secretProblems = (entry.secrets ?? []).flatMap((secret, index): readonly FieldProblem[] => {
    if (!parseHash(secret)) return [[['secrets', index], 'must be a hash: scrypt$… for a password, sha256$… for a random token; make one with: npx rolebridge hash-secret.']];
    return earlier.some((other) => other.secrets?.includes(secret)) ? [[['secrets', index], 'belongs to an earlier entry too; secrets are not shared.']] : [];
  });
  const taken = earlier.some((other) => other.name === entry.name || userOf(other) === userOf(entry));
  return taken ? [[['name'], 'is used twice (as name or user); names and users are unique.'], ...secretProblems] : secretProblems;
}

function userOf(entry: WrittenEntry): string {
  return entry.user ?? entry.name;
}
