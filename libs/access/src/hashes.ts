import { createHash, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

/**
 * How a secret is kept in a file.
 *
 * - `scrypt$N$r$p$salt$hash` (salt and hash in base64url): for passwords that people choose. Slow on purpose.
 * - `sha256$hash` (hex): only for random tokens of at least 128 bits, see {@link newToken}: nothing can be guessed, so fast is safe.
 */
export type SecretHash =
  | { readonly kind: 'sha256'; readonly digest: Buffer }
  | { readonly kind: 'scrypt'; readonly cost: ScryptOptions; readonly salt: Buffer; readonly digest: Buffer };

/** OWASP Password Storage Cheat Sheet, scrypt: N = 2^14, r = 8, p = 5; takes 16 MiB. */
const COST = { N: 16_384, r: 8, p: 5 };
const MAX_N = 131_072;
const DIGEST_BYTES = 32;

/** A random token of 256 bits, for `sha256$` hashes and bearer authentication. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The hash of a secret for a callers or operators file. `sha256` only for random tokens. */
export async function hashSecret(secret: string, kind: SecretHash['kind'] = 'scrypt'): Promise<string> {
  if (kind === 'sha256') return `sha256$${sha256(secret).toString('hex')}`;
  const salt = randomBytes(16);
  const digest = await derive(secret, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), digest.toString('base64url')].join('$');
}

/** `undefined` when the text is not a hash of either form. */
export function parseHash(text: string): SecretHash | undefined {
  const token = /^sha256\$([0-9a-f]{64})$/i.exec(text);
  if (token) return { kind: 'sha256', digest: Buffer.from(token[1] ?? '', 'hex') };
  const [, N, r, p, salt, digest] = /^scrypt\$(\d{1,6})\$(\d{1,2})\$(\d{1,2})\$([\w-]{11,})\$([\w-]{43})$/.exec(text) ?? [];
  if (!salt || !digest || !isCost(Number(N), Number(r), Number(p))) return undefined;
  return { kind: 'scrypt', cost: { N: Number(N), r: Number(r), p: Number(p) }, salt: Buffer.from(salt, 'base64url'), digest: Buffer.from(digest, 'base64url') };
}

function isCost(N: number, r: number, p: number): boolean {
  return N >= 2 && N <= MAX_N && Number.isInteger(Math.log2(N)) && r >= 1 && r <= 16 && p >= 1 && p <= 16;
}

/** Whether the secret belongs to the hash; compared in constant time. */
export async function matches(secret: string, hash: SecretHash): Promise<boolean> {
  const digest = hash.kind === 'sha256' ? sha256(secret) : await derive(secret, hash.salt, hash.cost);
  return timingSafeEqual(digest, hash.digest);
}

/** {@link matches} for tokens, at once. */
export function matchesToken(secret: string, hash: SecretHash): boolean {
  return hash.kind === 'sha256' && timingSafeEqual(sha256(secret), hash.digest);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function derive(secret: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, DIGEST_BYTES, { ...cost, maxmem: 512 * 1024 * 1024 }, (error, digest) => (error ? reject(error) : resolve(digest)));
  });
}
