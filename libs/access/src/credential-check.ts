import type { AccessEntry, AccessFile } from './access-entry.ts';
import type { Credential } from './authorization.ts';
import { matchesToken, type SecretHash } from './hashes.ts';
import { PasswordCheck } from './password-check.ts';
import type { Authenticated } from './people.ts';
import type { Refusal } from './refusals.ts';

/** Whose secret it was, and which of the two an entry may have. */
export interface Proven<Who extends Authenticated<string>> {
  readonly entry: AccessEntry<Who>;
  readonly hash: SecretHash;
}

/** Compares secrets with the hashes of a file: basic with every kind, bearer only with hashes of random tokens. A changed file forgets every verdict. */
export class CredentialCheck<Who extends Authenticated<string>> {
  readonly #file: AccessFile<Who>;
  readonly #nowMs: () => number;
  #entries: readonly AccessEntry<Who>[] = [];
  #passwords: PasswordCheck;

  constructor(file: AccessFile<Who>, nowMs: () => number) {
    this.#file = file;
    this.#nowMs = nowMs;
    this.#passwords = new PasswordCheck(nowMs);
  }

  /** The entries as the file is now: a removed secret ends at once. */
  entries(): readonly AccessEntry<Who>[] {
    const entries = this.#file.current(this.#nowMs());
    if (entries !== this.#entries) {
      this.#entries = entries;
      this.#passwords = new PasswordCheck(this.#nowMs);
    }
    return entries;
  }

  async check(credential: Credential): Promise<Proven<Who> | Refusal> {
    const entries = this.entries();
    return credential.kind === 'bearer' ? byToken(entries, credential.token) : this.#byPassword(entries, credential);
  }

  async #byPassword(entries: readonly AccessEntry<Who>[], { user, password }: Extract<Credential, { kind: 'basic' }>): Promise<Proven<Who> | Refusal> {
    const entry = entries.find((candidate) => candidate.user === user);
    if (!entry) return 'unknown-user';
    const hash = await this.#passwords.matching(user, password, entry.hashes);
    return hash ? { entry, hash } : 'wrong-secret';
  }
}

/** Every hash is compared, found or not. */
function byToken<Who extends Authenticated<string>>(entries: readonly AccessEntry<Who>[], token: string): Proven<Who> | Refusal {
  const matching = entries.flatMap((entry) => entry.hashes.filter((hash) => matchesToken(token, hash)).map((hash) => ({ entry, hash })));
  return matching[0] ?? 'wrong-secret';
}
