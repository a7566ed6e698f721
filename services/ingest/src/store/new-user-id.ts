import { randomBytes } from 'node:crypto';
import type { UserId } from '@rolebridge/contracts';

/**
 * A UUID of version 7 (RFC 9562 §5.7): rises with time, so new people come last in lists and in the index. Tells the time of creation
 * and nothing else about the person.
 */
export function newUserId(nowMs: number = Date.now(), random: Buffer = randomBytes(10)): UserId {
  const time = Math.trunc(nowMs).toString(16).padStart(12, '0').slice(-12);
  const rest = Buffer.from(random);
  rest[0] = (rest.readUInt8(0) & 0x0f) | 0x70;
  rest[2] = (rest.readUInt8(2) & 0x3f) | 0x80;
  const hex = time + rest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
