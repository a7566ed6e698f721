import { setTimeout as delay } from 'node:timers/promises';
import type { AccessFile } from './access-entry.ts';
import { parseAuthorization } from './authorization.ts';
import { CredentialCheck } from './credential-check.ts';
import type { Authenticated } from './people.ts';
import { refusalCounter, type Refusal, type RefusalOptions } from './refusals.ts';

/** Before wrong credentials are answered. */
export const DEFAULT_REFUSAL_MS = 250;

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

/** Checks credentials against a file; see {@link CredentialCheck}. */
export class FileAuthenticator<Who extends Authenticated<string>> implements Authenticator<Who> {
  readonly #check: CredentialCheck<Who>;
  readonly #refusalMs: number;
  readonly #refused: (reason: Refusal, nowMs: number) => void;
  readonly #nowMs: () => number;

  /** `list`: what the file lists, for the counter. */
  constructor(file: AccessFile<Who>, list: string, options: AuthenticatorOptions = {}) {
    this.#refusalMs = options.refusalMs ?? DEFAULT_REFUSAL_MS;
    this.#refused = refusalCounter(list, options);
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#check = new CredentialCheck(file, this.#nowMs);
  }

  async authenticate(authorization: string | undefined): Promise<Who | undefined> {
    if (!authorization) return undefined;
    const startedMs = this.#nowMs();
    const credential = parseAuthorization(authorization);
    const proven = credential ? await this.#check.check(credential) : 'malformed';
    if (typeof proven !== 'string') return proven.entry.who;
    this.#refused(proven, startedMs);
    await delay(Math.max(0, this.#refusalMs - (this.#nowMs() - startedMs)));
    return undefined;
  }
}
