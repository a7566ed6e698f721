import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEntry, AccessFile } from './access-entry.ts';
import { parseAuthorization, type Credential } from './authorization.ts';
import { matchesToken } from './hashes.ts';
import { PasswordCheck } from './password-check.ts';
import type { Authenticated } from './people.ts';

/** Why credentials were refused; for a counter. Says nothing about what was sent. */
export type Refusal = 'malformed' | 'unknown-user' | 'wrong-secret';

export interface AuthenticatorOptions {
  readonly onRefused?: (reason: Refusal) => void;
  /** Wrong credentials are answered no sooner than after this time, milliseconds; default 250. Only the one who sent them waits. */
  readonly refusalMs?: number;
  /** Monotonic clock, milliseconds. */
  readonly nowMs?: () => number;
}

/** Tells who a request comes from. */
export interface Authenticator<Who extends Authenticated<string>> {
  /** By the `Authorization` header; `undefined` when it is missing or wrong. Never throws, never logs what was sent. */
  authenticate(authorization: string | undefined): Promise<Who | undefined>;
}

/** Checks credentials against a file; basic against every kind of hash, bearer only against hashes of random tokens. */
export class FileAuthenticator<Who extends Authenticated<string>> implements Authenticator<Who> {
  readonly #file: AccessFile<Who>;
  readonly #options: AuthenticatorOptions;
  readonly #nowMs: () => number;
  #entries: readonly AccessEntry<Who>[] = [];
  #passwords: PasswordCheck;

  constructor(file: AccessFile<Who>, options: AuthenticatorOptions = {}) {
    this.#file = file;
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#passwords = new PasswordCheck(this.#nowMs);
  }

  async authenticate(authorization: string | undefined): Promise<Who | undefined> {
    if (!authorization) return undefined;
    const startedMs = this.#nowMs();
    this.#refresh();
    const credential = parseAuthorization(authorization);
    const who = credential ? await this.#check(credential) : 'malformed';
    if (typeof who !== 'string') return who;
    this.#options.onRefused?.(who);
    await delay(Math.max(0, (this.#options.refusalMs ?? 250) - (this.#nowMs() - startedMs)));
    return undefined;
  }

  /** A changed file forgets every verdict: a removed secret ends at once. */
  #refresh(): void {
    const entries = this.#file.current(this.#nowMs());
    if (entries === this.#entries) return;
    this.#entries = entries;
    this.#passwords = new PasswordCheck(this.#nowMs);
  }

  async #check(credential: Credential): Promise<Who | Refusal> {
    if (credential.kind === 'bearer') {
      const matching = this.#entries.filter((entry) => entry.hashes.some((hash) => matchesToken(credential.token, hash)));
      return matching[0]?.who ?? 'wrong-secret';
    }
    const entry = this.#entries.find(({ user }) => user === credential.user);
    if (!entry) return 'unknown-user';
    const right = await this.#passwords.isRight(entry.user, credential.password, entry.hashes);
    return right ? entry.who : 'wrong-secret';
  }
}
