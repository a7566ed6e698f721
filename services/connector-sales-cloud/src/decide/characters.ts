/**
 * What XML 1.0 cannot carry, not even escaped (XML 1.0 §2.2): most control characters, U+0000, lone surrogates, U+FFFE, U+FFFF.
 * The `u` flag makes a lone surrogate one character that matches.
 */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

const CONTROLLED = /^[\s]|[\s]$|[\t\n\r]| {2}/;

export function fitsXml(text: string): boolean {
  return !NOT_XML.test(text);
}

/** XML Schema `token`: no outer blanks, no double blanks, no line breaks. The target collapses them, so the value would name something else. */
export function isToken(text: string): boolean {
  return !CONTROLLED.test(text);
}

/** Length as XML Schema counts it: in code points, so that a simple emoji is one character. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** At most so many code points of the beginning. */
export function shortened(text: string, maxLength: number): string {
  return Array.from(text).slice(0, maxLength).join('');
}
