import { constants, verify, type KeyObject, type VerifyKeyObjectInput } from 'node:crypto';

/** A signed token (RFC 7519, RFC 7515 compact form), read but not yet believed. */
export interface SignedToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What was signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** `undefined` when the text has not the form of a signed token. */
export function readSigned(token: string): SignedToken | undefined {
  const [, header, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (!header || !payload || !signature) return undefined;
  const head = headOf(objectOf(header) ?? {});
  const claims = objectOf(payload);
  if (!head || !claims) return undefined;
  return { ...head, claims, signed: Buffer.from(`${header}.${payload}`), signature: Buffer.from(signature, 'base64url') };
}

interface Head {
  readonly algorithm: string;
  readonly keyId: string | undefined;
}

/** Extensions that must be understood (`crit`, RFC 7515 §4.1.11) are not: we understand none. */
function headOf({ alg: algorithm, kid: keyId, crit }: Readonly<Record<string, unknown>>): Head | undefined {
  if (typeof algorithm !== 'string' || crit !== undefined) return undefined;
  return { algorithm, keyId: typeof keyId === 'string' ? keyId : undefined };
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined; // parsed JSON
  } catch {
    return undefined; // not a token
  }
}

interface Algorithm {
  readonly keyType: string;
  readonly digest: string | null;
  readonly options?: Omit<VerifyKeyObjectInput, 'key'>;
  readonly curve?: string;
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const ECDSA = { dsaEncoding: 'ieee-p1363' } as const;

/** Only signatures with public keys: with a shared secret whoever knows the issuer's public key could sign (RFC 8725 §3.1). */
const ALGORITHMS: Readonly<Partial<Record<string, Algorithm>>> = {
  RS256: { keyType: 'rsa', digest: 'sha256' },
  RS384: { keyType: 'rsa', digest: 'sha384' },
  RS512: { keyType: 'rsa', digest: 'sha512' },
  PS256: { keyType: 'rsa', digest: 'sha256', options: PSS },
  ES256: { keyType: 'ec', digest: 'sha256', options: ECDSA, curve: 'prime256v1' },
  ES384: { keyType: 'ec', digest: 'sha384', options: ECDSA, curve: 'secp384r1' },
  EdDSA: { keyType: 'ed25519', digest: null },
};
const MIN_RSA_BITS = 2048;

/** Whether the key made the signature, with an algorithm that belongs to the key. */
export function isSignedBy({ algorithm: name, signed, signature }: SignedToken, key: KeyObject): boolean {
  const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  if (!algorithm || !suits(key, algorithm)) return false;
  return verify(algorithm.digest, signed, { key, ...algorithm.options }, signature);
}

function suits(key: KeyObject, { keyType, curve }: Algorithm): boolean {
  const { modulusLength = MIN_RSA_BITS, namedCurve } = key.asymmetricKeyDetails ?? {};
  return key.type === 'public' && key.asymmetricKeyType === keyType && modulusLength >= MIN_RSA_BITS && (curve === undefined || namedCurve === curve);
}

/** Clocks differ. */
const LEEWAY_SECONDS = 30;

/** Whether the token is valid now, RFC 7519 §4.1.4 and 4.1.5; a token without an end is not. */
export function isCurrent(claims: Readonly<Record<string, unknown>>, nowSeconds: number): boolean {
  const { exp, nbf, iat } = claims;
  const begun = [nbf, iat].every((time) => time === undefined || (typeof time === 'number' && time <= nowSeconds + LEEWAY_SECONDS));
  return begun && typeof exp === 'number' && exp > nowSeconds - LEEWAY_SECONDS;
}
