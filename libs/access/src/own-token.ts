import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretHash } from './hashes.ts';
import { isCurrent, readSigned } from './jwt.ts';

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

/** A signed token (RFC 7519, HS256: only we verify it). `issuedAt`: seconds since the epoch. */
export function signOwn({ caller, credential }: OwnClaims, key: TokenKey, { issuedAt, seconds }: { readonly issuedAt: number; readonly seconds: number }): string {
  const claims = { iss: ISSUER, aud: ISSUER, sub: caller, client_id: caller, cred: credential, iat: issuedAt, exp: issuedAt + seconds };
  const signed = [{ alg: 'HS256', typ: 'at+jwt', kid: key.id }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${mac(signed, key).toString('base64url')}`;
}

/** What a token of ours says, if it is one and valid now. */
export async function readOwn(token: string, keys: TokenKeys, nowSeconds: number): Promise<OwnClaims | undefined> {
  const read = readSigned(token);
  const key = read?.algorithm === 'HS256' && read.keyId !== undefined ? await keys.byId(read.keyId) : undefined;
  if (!read || !key || !sameBytes(mac(read.signed, key), read.signature)) return undefined;
  return isCurrent(read.claims, nowSeconds) ? ownClaims(read.claims) : undefined;
}

function ownClaims({ iss, aud, sub: caller, cred: credential }: Readonly<Record<string, unknown>>): OwnClaims | undefined {
  const ours = iss === ISSUER && aud === ISSUER;
  return ours && typeof caller === 'string' && typeof credential === 'string' ? { caller, credential } : undefined;
}

/** A name for a secret that does not tell it: a token ends with the secret that it was given for. */
export function credentialName({ digest }: SecretHash): string {
  return createHash('sha256').update(digest).digest('base64url').slice(0, 22);
}

function mac(signed: string | Buffer, { secret }: TokenKey): Buffer {
  return createHmac('sha256', secret).update(signed).digest();
}

function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
