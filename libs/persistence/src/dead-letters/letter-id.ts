import { randomBytes } from 'node:crypto';

/** Without letters that look like digits, so that it can be read out and typed. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 12;

/** The name of a dead letter: 60 random bits as 12 characters. */
export function newLetterId(bytes: Uint8Array = randomBytes(LENGTH)): string {
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
