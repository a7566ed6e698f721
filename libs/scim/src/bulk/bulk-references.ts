import { isObject } from '../user/read-value.ts';

const PREFIX = 'bulkId:';

/** The bulkIds that a value refers to, anywhere in it (RFC 7644 §3.7.2). */
export function referencesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.startsWith(PREFIX) ? [value.slice(PREFIX.length)] : [];
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isObject(value) ? Object.values(value).flatMap(referencesIn) : [];
}

/** The value with ids in the place of references. */
export function withIds(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return (value.startsWith(PREFIX) && ids.get(value.slice(PREFIX.length))) || value;
  if (Array.isArray(value)) return value.map((item) => withIds(item, ids));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withIds(member, ids)])) : value;
}

/** The value without what still refers to something: items of lists as a whole, elsewhere the member that does. */
export function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => referencesIn(item).length === 0);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => typeof member !== 'string' || !member.startsWith(PREFIX));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutReferences(member)]));
}
