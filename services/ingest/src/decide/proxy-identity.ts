import type { UserId } from '@rolebridge/contracts';

/**
 * PURE. Our id of something that was seen at a target before anybody here asked for it: a UUID of version 8 (RFC 9562 §5.8) made of its key on the
 * topic, so that a read model which is filled anew gives the same ids.
 */
export function idOfKey(key: string): UserId {
  const hex = `${key.slice(0, 12)}8${key.slice(13, 16)}8${key.slice(17, 32)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
