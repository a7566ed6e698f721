import { createHash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { SecretHash } from './hashes.ts';
import { LEEWAY_SECONDS, readClaimed } from './signed-token.ts';

/** A key that signs tokens of ours; all instances share it. */
export interface TokenKey {
  readonly id: string;
  /** 32 random bytes. */
  readonly secret: Buffer;
}

/** Where the keys are kept. */
export interface TokenKeys {
  /** The one that signs now. */
  current(): Promise<TokenKey>;
  /** `undefined` when there is none with this id, or no longer. */
  byId(id: string): Promise<TokenKey | undefined>;
}

/** What a token of ours says: which entry of the file it stands for, and by which of its secrets it was given. */
export interface OwnClaims {
  readonly caller: string;
  readonly credential: string;
}

const ISSUER = 'rolebridge';

const ALGORITHM = 'HS256';

/** A signed token (RFC 7519, HS256: only we verify it). `issuedAt`: seconds since the epoch. */
export function signOwn({ caller, credential }: OwnClaims, key: TokenKey, { issuedAt, seconds }: { readonly issuedAt: number; readonly seconds: number }): Promise<string> {
  return new SignJWT({ client_id: caller, cred: credential })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid: key.id })
    .setIssuer(ISSUER)
    .setAudience(ISSUER)
    .setSubject(caller)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(key.secret);
}

/** What a token of ours says, if it is one and valid now. */
export async function readOwn(token: string, keys: TokenKeys, nowSeconds: number): Promise<OwnClaims | undefined> {
  const keyId = readClaimed(token)?.keyId;
  const key = keyId === undefined ? undefined : await keys.byId(keyId);
  if (!key) return undefined;
  const asked = { algorithms: [ALGORITHM], issuer: ISSUER, audience: ISSUER, clockTolerance: LEEWAY_SECONDS, currentDate: new Date(nowSeconds * 1000), requiredClaims: ['exp'] };
  try {
    return ownClaims((await jwtVerify(token, key.secret, asked)).payload);
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function ownClaims({ sub: caller, cred: credential }: JWTPayload): OwnClaims | undefined {
  return typeof caller === 'string' && typeof credential === 'string' ? { caller, credential } : undefined;
}

/** A name for a secret that does not tell it: a token ends with the secret that it was given for. */
export function credentialName({ digest }: SecretHash): string {
  return createHash('sha256').update(digest).digest('base64url').slice(0, 22);
}
