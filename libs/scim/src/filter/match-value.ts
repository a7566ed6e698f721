import { ScimError } from '../message/scim-error.ts';
import type { Attribute } from '../schema/attribute.ts';
import { subAttributesOf } from '../schema/user-model.ts';
import { isObject } from '../user/read-value.ts';
import type { Comparison, Filter } from './filter.ts';

/**
 * Whether one value of a multi-valued attribute matches the filter of a value path, e.g. `emails[type eq "work"]`.
 * Texts are compared with or without case as the schema says.
 *
 * @throws ScimError `invalidPath` when the filter names a sub-attribute that does not exist
 */
export function matchesValue(filter: Filter, value: unknown, attribute: Attribute): boolean {
  const matches = (part: Filter) => matchesValue(part, value, attribute);
  if ('filters' in filter) return filter.op === 'and' ? filter.filters.every(matches) : filter.filters.some(matches);
  if (filter.op === 'not') return !matches(filter.filter);
  if (filter.op === 'value-path') throw ScimError.of('invalidPath', `The filter inside ${attribute.name}[…] must not hold a further […].`);
  return matchesMember(filter, value, attribute);
}

/** The sub-attribute that a filter inside `[…]` names. */
export function filteredAttribute(path: string, attribute: Attribute): Attribute {
  const sub = subAttributesOf(attribute).get(path.toLowerCase());
  if (!sub) throw ScimError.of('invalidPath', `Attribute ${attribute.name} has no sub-attribute ${path}.`);
  return sub;
}

type Leaf = Extract<Filter, { readonly path: string; readonly op: Comparison | 'pr' }>;

function matchesMember(filter: Leaf, value: unknown, attribute: Attribute): boolean {
  const sub = filteredAttribute(filter.path, attribute);
  const held = isObject(value) ? value[sub.name] : undefined;
  if (filter.op === 'pr') return held !== undefined && held !== '';
  return compare(filter.op, folded(held, sub), folded(filter.value, sub));
}

function folded(value: unknown, attribute: Attribute): unknown {
  if (attribute.type === 'boolean') return value === undefined ? false : value;
  return typeof value === 'string' && !attribute.caseExact ? value.toLowerCase() : value;
}

/** `eq null` is "not assigned" (RFC 7644 §3.4.2.2); order and parts are asked of texts only. */
function compare(op: Comparison, held: unknown, wanted: unknown): boolean {
  if (op === 'eq') return (held ?? null) === wanted;
  if (op === 'ne') return (held ?? null) !== wanted;
  if (typeof held !== 'string' || typeof wanted !== 'string') return false;
  return compareTexts(op, held, wanted);
}

function compareTexts(op: Exclude<Comparison, 'eq' | 'ne'>, held: string, wanted: string): boolean {
  switch (op) {
    case 'co':
      return held.includes(wanted);
    case 'sw':
      return held.startsWith(wanted);
    case 'ew':
      return held.endsWith(wanted);
    case 'gt':
      return held > wanted;
    case 'ge':
      return held >= wanted;
    case 'lt':
      return held < wanted;
    case 'le':
      return held <= wanted;
  }
}
