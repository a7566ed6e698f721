import type { Attribute } from '../schema/attribute.ts';

/** How logins are compared: without case, in composed form (RFC 7643 §4.1.1: `userName` is not case exact). */
export function loginKey(userName: string): string {
  return userName.normalize('NFC').toLowerCase();
}

const ASCII = /^\p{ASCII}*$/u;

/**
 * A text as attributes without case are compared: each character in its simple lower case (Unicode, field Simple_Lowercase_Mapping), as
 * PostgreSQL's collation `pg_c_utf8` does it too, so that the database and this library agree.
 */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => (character === 'İ' ? 'i' : character.toLowerCase())).join('');
}

/** How the values of an attribute are made comparable. */
export function foldingOf(attribute: Attribute): (text: string) => string {
  if (attribute.caseExact) return (text) => text;
  return attribute.uniqueness === 'none' ? foldText : loginKey;
}

/** Order by code point, as the collation `C` of a UTF-8 database has it; JavaScript's own order is by UTF-16 code unit. */
export function compareCodePoints(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at += 1) {
    if (left[at] !== right[at]) return rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
  }
  return left.length - right.length;
}

/** Surrogates stand for characters above U+FFFF. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
