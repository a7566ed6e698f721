import { createHash } from 'node:crypto';

import { isList } from './matcher.ts';
import type { RuleSet } from './rule-set.ts';

/** Identity of a rule set: the same for the same rules, however the files are laid out, commented or spaced. SHA-256, hex. */
export function hashOf(ruleSet: RuleSet): string {
  return createHash('sha256').update(canonical(ruleSet)).digest('hex');
}

/** JSON with the members of every object in order of their names. */
function canonical(value: unknown): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
