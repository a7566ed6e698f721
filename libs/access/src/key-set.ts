import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';

/** The keys of an issuer cannot be had at the moment: nobody can be judged. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

interface Held {
  readonly select: JWTVerifyGetKey;
  readonly ids: ReadonlySet<string | undefined>;
  readonly atMs: number;
}

export interface KeySetOptions {
  readonly fetch?: typeof fetch;
  /** Monotonic clock, milliseconds. */
  readonly nowMs: () => number;
}

const FRESH_MS = 600_000;
/** An unknown key id may be a new key; asked for at most so often. */
const AGAIN_MS = 30_000;
const TIMEOUT_MS = 3000;
const MAX_BYTES = 262_144;

/** Only signatures with public keys: with a shared secret whoever knows the issuer's public key could sign (RFC 8725 §3.1). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/**
 * The public keys at one address (RFC 7517 §5), kept for ten minutes; earlier ones stay valid while the address cannot be reached, which
 * is why they are not fetched by the library that checks the signatures.
 */
export class KeySet {
  readonly #url: string;
  readonly #options: KeySetOptions;
  #held: Held | undefined;
  #triedMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(url: string, options: KeySetOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Whether one of the keys has signed the token and it is valid as asked for. Throws {@link KeysUnavailableError} when none were ever read. */
  async hasSigned(token: string, keyId: string | undefined, asked: JWTVerifyOptions): Promise<boolean> {
    const nowMs = this.#options.nowMs();
    if (this.#isDue(keyId, nowMs)) await this.#load(nowMs);
    if (!this.#held) throw new KeysUnavailableError('The keys of an issuer of tokens cannot be read.');
    return isSigned(token, this.#held.select, { ...asked, algorithms: ALGORITHMS });
  }

  #isDue(keyId: string | undefined, nowMs: number): boolean {
    if (this.#loading && !this.#held) return true;
    if (nowMs - this.#triedMs < AGAIN_MS) return false;
    return !this.#held || nowMs - this.#held.atMs > FRESH_MS || !(keyId === undefined || this.#held.ids.has(keyId));
  }

  /** One request at a time, whoever asks. */
  #load(nowMs: number): Promise<void> {
    this.#triedMs = nowMs;
    this.#loading ??= this.#read(nowMs).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(nowMs: number): Promise<void> {
    try {
      const answer = await (this.#options.fetch ?? fetch)(this.#url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: 'application/json' } });
      const text = answer.ok ? await answer.text() : '';
      const read = text === '' || text.length > MAX_BYTES ? undefined : (JSON.parse(text) as JSONWebKeySet); // the library checks its form
      if (read) this.#held = { select: createLocalJWKSet(read), ids: new Set(read.keys.map(({ kid }) => kid)), atMs: nowMs };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // What was read before stays valid; without it the caller is told to repeat.
    }
  }
}

async function isSigned(token: string, select: JWTVerifyGetKey, asked: JWTVerifyOptions): Promise<boolean> {
  try {
    await jwtVerify(token, select, asked);
    return true;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return isSignedByAny(token, error, asked);
    if (error instanceof errors.JOSEError || error instanceof TypeError) return false; // TypeError: a key that is too short for its algorithm
    throw error;
  }
}

/** A token without key id may be signed by any key of the right kind. */
async function isSignedByAny(token: string, keys: errors.JWKSMultipleMatchingKeys, asked: JWTVerifyOptions): Promise<boolean> {
  for await (const key of keys) {
    const signed = await jwtVerify(token, key, asked).then(
      () => true,
      () => false,
    );
    if (signed) return true;
  }
  return false;
}
