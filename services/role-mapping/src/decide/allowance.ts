import { anyWildcard } from './matcher.ts';
import type { TextTest } from './matcher.ts';
import type { Settings } from './rule-set.ts';

/** The case rule of unit codes: the text under which two codes are the same unit. */
export function unitKey(settings: Settings): (unit: string) => string {
  return settings.unitCase === 'ignore' ? (unit) => unit.toUpperCase() : (unit) => unit;
}

/** The allow-list of a pass-through, a test on the value itself; `undefined`: nothing passes. */
export function allowance(passThrough: boolean | { readonly allow: readonly string[] } | undefined, key: (value: string) => string): TextTest | undefined {
  if (passThrough === undefined || passThrough === false) return undefined;
  if (passThrough === true) return () => true;
  const fits = anyWildcard(passThrough.allow.map(key));
  return (value) => fits(key(value));
}
