import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';

/** A signed token (RFC 7519) as it claims to be: read, not believed. */
export interface ClaimedToken {
  readonly keyId: string | undefined;
  readonly claims: JWTPayload;
}

/** Clocks differ. */
export const LEEWAY_SECONDS = 30;

/** `undefined` when the text has not the form of a signed token. */
export function readClaimed(token: string): ClaimedToken | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    return { keyId: decodeProtectedHeader(token).kid, claims: decodeJwt(token) };
  } catch {
    return undefined; // some other kind of secret
  }
}
