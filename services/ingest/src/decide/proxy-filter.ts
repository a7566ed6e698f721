import { ScimError } from '@rolebridge/scim';

/** What a list of the proxy API may ask for (systems sheet of the proxy API, §4). */
export type ProxyFilter =
  | { readonly kind: 'one'; readonly by: 'userName' | 'email' | 'displayName'; readonly value: string }
  | { readonly kind: 'since'; readonly at: Date };

const ONE = /^\s*([A-Za-z]+(?:\[0\])?(?:\.value)?)\s+eq\s+("(?:[^"\\]|\\.)*")\s*$/is;
const SINCE = /^\s*meta\.lastModified\s+gt\s+"([^"]{1,40})"\s*$/i;
const MAX_LENGTH = 2048;

const IDENTIFIERS: Readonly<Record<string, Extract<ProxyFilter, { kind: 'one' }>['by']>> = {
  username: 'userName',
  displayname: 'displayName',
  'emails[0].value': 'email',
  'emails.value': 'email',
  emails: 'email',
};

/**
 * PURE. Only `eq` on one identifier, or `meta.lastModified gt`; no fully qualified names.
 *
 * @param identifiers those that this resource type has
 * @throws ScimError `invalidFilter`
 */
export function readProxyFilter(filter: string, identifiers: readonly string[]): ProxyFilter {
  if (filter.length > MAX_LENGTH) throw refuse(identifiers);
  const since = SINCE.exec(filter)?.[1];
  if (since !== undefined) return { kind: 'since', at: instantOf(since) };
  return oneOf(filter) ?? fail(refuse(identifiers));

  function oneOf(text: string): ProxyFilter | undefined {
    const [, name = '', quoted = ''] = ONE.exec(text) ?? [];
    const by = IDENTIFIERS[name.toLowerCase()];
    return by !== undefined && identifiers.includes(by) ? { kind: 'one', by, value: textOf(quoted) } : undefined;
  }
}

function fail(error: ScimError): never {
  throw error;
}

/** Nothing that is stored holds U+0000 or half a surrogate pair (L3). */
function textOf(quoted: string): string {
  const text = parsed(quoted);
  if (text.includes('\0') || !text.isWellFormed()) throw ScimError.of('invalidFilter', 'The filter has a character that no attribute can have.');
  return text;
}

function parsed(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw ScimError.of('invalidFilter', 'The filter has a text that is not written as a JSON string.');
  }
}

function instantOf(text: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(at.getTime())) throw ScimError.of('invalidFilter', 'meta.lastModified is compared with an ISO 8601 instant, for example "2026-11-22T08:00:00Z".');
  return at;
}

function refuse(identifiers: readonly string[]): ScimError {
  const names = identifiers.map((name) => (name === 'email' ? 'emails[0].value' : name));
  return ScimError.of('invalidFilter', `Only eq on one of ${names.join(', ')}, or meta.lastModified gt "…", is served here.`);
}
