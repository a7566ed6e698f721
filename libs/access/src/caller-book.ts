import { setTimeout as delay } from 'node:timers/promises';
import type { AccessEntry, AccessFile } from './access-entry.ts';
import { parseAuthorization } from './authorization.ts';
import { DEFAULT_REFUSAL_MS, type Authenticator, type AuthenticatorOptions } from './authenticator.ts';
import { byCertificate, type ClientCertificate } from './client-certificate.ts';
import { CredentialCheck, type Proven } from './credential-check.ts';
import { IssuerTokens } from './issuer-tokens.ts';
import { credentialName, readOwn, signOwn, type TokenKeys } from './own-token.ts';
import { readClaimed } from './signed-token.ts';
import type { Caller } from './people.ts';
import { refusalCounter, type Refusal } from './refusals.ts';
import { SlowDown } from './slow-down.ts';

/** What a request shows of who sends it. */
export interface Presented {
  /** The header. */
  readonly authorization?: string | undefined;
  /** A certificate whose key the sender has proven to hold. */
  readonly certificate?: ClientCertificate | undefined;
  /** Address it comes from: who guesses there is slowed. */
  readonly source: string;
}

export type Verdict =
  | { readonly kind: 'known'; readonly caller: Caller }
  /** `offered` decides what the challenge says (RFC 6750 §3). */
  | { readonly kind: 'refused'; readonly offered: 'nothing' | 'token' | 'other'; readonly retryAfterSeconds?: number };

export interface IssuedToken {
  readonly token: string;
  readonly seconds: number;
  readonly caller: Caller;
}

export interface CallerBook extends Authenticator<Caller> {
  /** Answers wrong credentials late. Throws `KeysUnavailableError` when an issuer's keys cannot be read. */
  identify(presented: Presented): Promise<Verdict>;
  /** A token of ours for a name and secret of the file, valid for a while on every instance; `undefined` (late) when they are wrong. */
  issue(user: string, secret: string, source: string): Promise<IssuedToken | { readonly retryAfterSeconds?: number }>;
}

export interface CallerBookOptions extends AuthenticatorOptions {
  /** Without them no tokens of ours are given or taken. */
  readonly tokenKeys?: TokenKeys;
  /** How long a token of ours is valid, seconds; default 1800. */
  readonly tokenSeconds?: number;
  readonly now?: () => Date;
  readonly fetch?: typeof fetch;
}

const LIST = 'callers';
const DEFAULT_TOKEN_SECONDS = 1800;

/** Identity systems, by secret, certificate, token of an issuer, or token of ours. */
export class FileCallerBook implements CallerBook {
  readonly #check: CredentialCheck<Caller>;
  readonly #slow: SlowDown;
  readonly #issuers: IssuerTokens;
  readonly #refused: (reason: Refusal, nowMs: number) => void;
  readonly #options: CallerBookOptions;
  readonly #nowMs: () => number;

  constructor(file: AccessFile<Caller>, options: CallerBookOptions = {}) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#check = new CredentialCheck(file, this.#nowMs);
    this.#slow = new SlowDown(options.refusalMs ?? DEFAULT_REFUSAL_MS);
    this.#issuers = new IssuerTokens({ nowMs: this.#nowMs, ...(options.fetch && { fetch: options.fetch }) });
    this.#refused = refusalCounter(LIST, options);
  }

  async authenticate(authorization: string | undefined): Promise<Caller | undefined> {
    const verdict = await this.identify({ authorization, source: '' });
    return verdict.kind === 'known' ? verdict.caller : undefined;
  }

  async identify({ authorization, certificate, source }: Presented): Promise<Verdict> {
    if (authorization) {
      const found = await this.#byHeader(authorization);
      const offered = /^bearer /i.test(authorization) ? 'token' : 'other';
      return typeof found === 'string' ? { kind: 'refused', offered, ...(await this.#late(found, source)) } : { kind: 'known', caller: found };
    }
    if (!certificate) return { kind: 'refused', offered: 'nothing' };
    const entry = byCertificate(this.#check.entries(), certificate);
    return entry ? { kind: 'known', caller: entry.who } : { kind: 'refused', offered: 'other', ...(await this.#late('unknown-certificate', source)) };
  }

  async issue(user: string, secret: string, source: string): Promise<IssuedToken | { readonly retryAfterSeconds?: number }> {
    const { tokenKeys, tokenSeconds: seconds = DEFAULT_TOKEN_SECONDS } = this.#options;
    const proven = await this.#check.check({ kind: 'basic', user, password: secret });
    if (typeof proven === 'string' || !tokenKeys) return this.#late(typeof proven === 'string' ? proven : 'wrong-secret', source);
    const claims = { caller: proven.entry.who.name, credential: credentialName(proven.hash) };
    return { token: await signOwn(claims, await tokenKeys.current(), { issuedAt: this.#nowSeconds(), seconds }), seconds, caller: proven.entry.who };
  }

  async #byHeader(authorization: string): Promise<Caller | Refusal> {
    const credential = parseAuthorization(authorization);
    if (!credential) return 'malformed';
    const signed = credential.kind === 'bearer' ? readClaimed(credential.token) : undefined;
    const proven = credential.kind === 'bearer' && signed ? await this.#bySigned(credential.token) : whoOf(await this.#check.check(credential));
    return proven ?? 'wrong-token';
  }

  async #bySigned(token: string): Promise<Caller | undefined> {
    const entries = this.#check.entries();
    return (await this.#byOwn(token, entries)) ?? this.#issuers.find(token, entries, this.#nowSeconds());
  }

  /** A token of ours ends with its entry, and with the secret that it was given for. */
  async #byOwn(token: string, entries: readonly AccessEntry<Caller>[]): Promise<Caller | undefined> {
    const { tokenKeys } = this.#options;
    const claims = tokenKeys && (await readOwn(token, tokenKeys, this.#nowSeconds()));
    return entries.find(({ who, hashes }) => who.name === claims?.caller && hashes.some((hash) => credentialName(hash) === claims.credential))?.who;
  }

  async #late(reason: Refusal, source: string): Promise<{ readonly retryAfterSeconds?: number }> {
    const nowMs = this.#nowMs();
    this.#refused(reason, nowMs);
    const { waitMs, retryAfterSeconds } = this.#slow.failed(source, nowMs);
    if (retryAfterSeconds !== undefined) return { retryAfterSeconds };
    await delay(waitMs);
    this.#slow.waited(source);
    return {};
  }

  #nowSeconds(): number {
    return Math.floor((this.#options.now?.() ?? new Date()).getTime() / 1000);
  }
}

function whoOf(proven: Proven<Caller> | Refusal): Caller | Refusal {
  return typeof proven === 'string' ? proven : proven.entry.who;
}
