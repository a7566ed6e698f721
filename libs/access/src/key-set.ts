import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** The keys of an issuer cannot be had at the moment: nobody can be judged. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

interface PublishedKey extends JsonWebKey {
  readonly kid?: string;
  readonly use?: string;
}

interface Held {
  readonly keys: readonly { readonly id: string | undefined; readonly key: KeyObject }[];
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

/** The public keys at one address (RFC 7517 §5), kept for ten minutes; earlier ones stay valid while the address cannot be reached. */
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

  /** The keys that may have signed. Throws {@link KeysUnavailableError} when none were ever read. */
  async candidates(keyId: string | undefined): Promise<readonly KeyObject[]> {
    const nowMs = this.#options.nowMs();
    if (this.#isDue(keyId, nowMs)) await this.#load(nowMs);
    if (!this.#held) throw new KeysUnavailableError('The keys of an issuer of tokens cannot be read.');
    return this.#named(keyId);
  }

  #isDue(keyId: string | undefined, nowMs: number): boolean {
    if (this.#loading && !this.#held) return true;
    if (nowMs - this.#triedMs < AGAIN_MS) return false;
    return !this.#held || nowMs - this.#held.atMs > FRESH_MS || this.#named(keyId).length === 0;
  }

  #named(keyId: string | undefined): readonly KeyObject[] {
    const keys = this.#held?.keys ?? [];
    return keys.filter(({ id }) => keyId === undefined || id === undefined || id === keyId).map(({ key }) => key);
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
      const keys = text.length > MAX_BYTES ? [] : keysOf(text);
      if (keys.length > 0) this.#held = { keys, atMs: nowMs };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // What was read before stays valid; without it the caller is told to repeat.
    }
  }
}

function keysOf(text: string): Held['keys'] {
  const document: unknown = text === '' ? {} : JSON.parse(text);
  const listed: unknown = typeof document === 'object' && document !== null ? Reflect.get(document, 'keys') : undefined;
  return Array.isArray(listed) ? listed.flatMap(keyOf) : [];
}

/** Keys of other kinds, or for encryption, are passed over. */
function keyOf(jwk: PublishedKey): Held['keys'] {
  if (jwk.use !== undefined && jwk.use !== 'sig') return [];
  try {
    return [{ id: jwk.kid, key: createPublicKey({ key: jwk, format: 'jwk' }) }];
  } catch {
    return []; // a kind of key that we do not know, for example a shared secret
  }
}
