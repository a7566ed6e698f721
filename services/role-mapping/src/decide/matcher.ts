import type { Matcher } from './rule-set.ts';

export type TextTest = (text: string) => boolean;

/** A text, or a pattern in which each `*` stands for any characters, also none. Linear in the length of the text. */
export function wildcard(pattern: string): TextTest {
  if (!pattern.includes('*')) return (text) => text === pattern;
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop() ?? '';
  return (text) => {
    if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
    return containsInOrder(text.slice(head.length, text.length - tail.length), rest);
  };
}

function containsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

/** Whether any of the patterns fits. A list without patterns fits nothing. */
export function anyWildcard(patterns: readonly string[]): TextTest {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const others = patterns.filter((pattern) => pattern.includes('*')).map(wildcard);
  return (text) => exact.has(text) || others.some((test) => test(text));
}

/** Text and lists may hold `*`; the spelled-out forms take every character as it is. */
export function compileMatcher(matcher: Matcher, key: (text: string) => string): TextTest {
  if (typeof matcher === 'string') return wildcard(key(matcher));
  if (isList(matcher)) return anyWildcard(matcher.map(key));
  return spelledOut(matcher, key);
}

function spelledOut({ equals, oneOf, prefix }: Exclude<Matcher, string | readonly string[]>, key: (text: string) => string): TextTest {
  const values = new Set([...(oneOf ?? []), ...(equals === undefined ? [] : [equals])].map(key));
  const start = prefix === undefined ? undefined : key(prefix);
  return (text) => values.has(text) || (start !== undefined && text.startsWith(start));
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
