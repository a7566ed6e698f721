import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEntry, AccessFile } from './access-entry.ts';
import { parseAuthorization, type Credential } from './authorization.ts';
import { matchesToken } from './hashes.ts';
import { PasswordCheck } from './password-check.ts';
import type { Authenticated } from './people.ts';
import { refusalCounter, type Refusal, type RefusalOptions } from './refusals.ts';

export interface AuthenticatorOptions extends RefusalOptions {
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
  readonly #refusalMs: number;
  readonly #refused: (reason: Refusal, nowMs: number) => void;
  readonly #nowMs: () => number;
  #entries: readonly AccessEntry<Who>[] = [];
  #passwords: PasswordCheck;

  /** `list`: what the file lists, for the counter. */
  constructor(file: AccessFile<Who>, list: string, options: AuthenticatorOptions = {}) {
    this.#file = file;
    this.#refusalMs = options.refusalMs ?? 250;
    this.#refused = refusalCounter(list, options);
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
    this.#refused(who, startedMs);
    await delay(Math.max(0, this.#refusalMs - (this.#nowMs() - startedMs)));
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
