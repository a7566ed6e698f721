import type { ScimUser } from '@rolebridge/contracts';

import { isList } from './matcher.ts';

/** Attribute names of RFC 7643 §4.1; paths may write them in any case (§2.1), the canonical user does not. */
const CORE = new Map(
  [
    'userName', 'externalId', 'name', 'displayName', 'nickName', 'profileUrl', 'title', 'userType', 'preferredLanguage', 'locale',
    'timezone', 'active', 'emails', 'phoneNumbers', 'ims', 'photos', 'addresses', 'entitlements', 'roles', 'x509Certificates',
  ].map((name) => [name.toLowerCase(), name]),
);

const PATH = /^(?<name>[^[\].]+|urn:[^[\]]+?)(?:\[(?<filterName>[A-Za-z$_][\w$-]*)\s+eq\s+"(?<filterValue>[^"\\]*)"\])?(?:\.(?<sub>[A-Za-z$_][\w$-]*))?$/i;

interface ParsedPath {
  /** Keys to follow from the user: an attribute, or an extension URN and its attribute. */
  readonly keys: readonly string[];
  readonly filter?: { readonly name: string; readonly value: string };
  readonly sub?: string;
}

/** Reads an attribute path (RFC 7644 §3.5.2, value filters with `eq` only); `undefined` when it is none. */
export function parsePath(path: string): ParsedPath | undefined {
  const groups = PATH.exec(path)?.groups;
  const name = groups?.['name'];
  if (groups === undefined || name === undefined) return undefined;
  const { filterName, filterValue, sub } = groups;
  return {
    keys: keysOf(name),
    ...(filterName !== undefined && filterValue !== undefined && { filter: { name: filterName, value: filterValue } }),
    ...(sub !== undefined && { sub }),
  };
}

function keysOf(name: string): readonly string[] {
  if (!/^urn:/i.test(name)) return [CORE.get(name.toLowerCase()) ?? name];
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}

/**
 * Compiles a path to a function that yields the values found there as text; of a multi-valued attribute all of them. A complex
 * value without `sub` yields its `value`.
 */
export function compilePath(path: ParsedPath): (user: ScimUser) => readonly string[] {
  const { keys, filter, sub } = path;
  return (user) => {
    let found: unknown = user;
    for (const key of keys) found = property(found, key);
    const values = isList(found) ? found : [found];
    const chosen = filter ? values.filter((value) => property(value, filter.name) === filter.value) : values;
    return chosen.flatMap((value) => texts(sub === undefined ? value : property(value, sub)));
  };
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (isList(value)) return value.flatMap(texts);
  const inner = property(value, 'value');
  return inner === undefined || typeof inner === 'object' ? [] : texts(inner);
}
