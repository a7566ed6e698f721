import { readFileSync, statSync } from 'node:fs';
import { ConfigurationError, type Logger } from '@rolebridge/observability';
import { readYaml, type YamlSource } from '@rolebridge/landscape';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { FileAuthenticator, type Authenticator, type AuthenticatorOptions } from './authenticator.ts';
import { parseHash, type SecretHash } from './hashes.ts';
import type { Authenticated, Caller, CallerRight, Operator, OperatorRight } from './people.ts';

/** One entry of a file, ready for comparing. */
export interface AccessEntry<Who extends Authenticated<string>> {
  readonly who: Who;
  readonly user: string;
  readonly hashes: readonly SecretHash[];
}

/** The entries of a file as it is now. */
export interface AccessFile<Who extends Authenticated<string>> {
  /** The same array while the file is unchanged. `nowMs`: a monotonic clock. */
  current(nowMs: number): readonly AccessEntry<Who>[];
}

export interface AccessOptions extends AuthenticatorOptions {
  readonly log?: Logger;
  /** How often the file is looked at, milliseconds; default 1000. */
  readonly recheckMs?: number;
}

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
  return new FileAuthenticator(new WatchedFile(file, read, options), options);
}

/** Operators, from a YAML file; see {@link loadCallers}. */
export function loadOperators(file: string, options: AccessOptions = {}): Authenticator<Operator> {
  const read = (): readonly AccessEntry<Operator>[] => {
    const source = readYaml(file);
    if (!isOperators(source.value)) throw new ConfigurationError(source.problems(isOperators.errors ?? []));
    return entriesOf(source.value.operators, 'operators', source, ({ name, rights }) => ({ name, rights }));
  };
  return new FileAuthenticator(new WatchedFile(file, read, options), options);
}

/** Reads the file anew when it has changed. A file that became wrong or vanished changes nothing and is reported. */
class WatchedFile<Who extends Authenticated<string>> implements AccessFile<Who> {
  readonly #file: string;
  readonly #read: () => readonly AccessEntry<Who>[];
  readonly #options: AccessOptions;
  #entries: readonly AccessEntry<Who>[];
  #stamp: string;
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(file: string, read: () => readonly AccessEntry<Who>[], options: AccessOptions) {
    this.#file = file;
    this.#read = read;
    this.#options = options;
    this.#stamp = stampOf(file);
    this.#entries = read();
  }

  current(nowMs: number): readonly AccessEntry<Who>[] {
    if (nowMs - this.#checkedMs < (this.#options.recheckMs ?? 1000)) return this.#entries;
    this.#checkedMs = nowMs;
    const stamp = stampOf(this.#file);
    if (stamp !== this.#stamp) this.#reload(stamp);
    return this.#entries;
  }

  #reload(stamp: string): void {
    this.#stamp = stamp;
    try {
      this.#entries = this.#read();
      this.#options.log?.info({ file: this.#file, entries: this.#entries.length }, 'credentials were read anew');
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#options.log?.error({ file: this.#file, problems: error.problems }, 'the changed file of credentials is wrong; the earlier ones stay valid');
    }
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'missing';
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
