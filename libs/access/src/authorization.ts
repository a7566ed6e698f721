/** What an `Authorization` header carries. */
export type Credential = { readonly kind: 'bearer'; readonly token: string } | { readonly kind: 'basic'; readonly user: string; readonly password: string };

/** Signed tokens of some issuers carry many claims. */
const MAX_LENGTH = 8192;

/** Reads `Bearer …` (RFC 6750) and `Basic …` (RFC 7617, UTF-8). `undefined` for anything else. */
export function parseAuthorization(header: string): Credential | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const [, scheme, rest] = /^(bearer|basic) +([A-Za-z0-9._~+/=-]+) *$/i.exec(header) ?? [];
  if (!scheme || !rest) return undefined;
  return scheme.toLowerCase() === 'bearer' ? { kind: 'bearer', token: rest } : parseBasic(rest);
}

function parseBasic(encoded: string): Credential | undefined {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}
