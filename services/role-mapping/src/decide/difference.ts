import type { DesiredAccount, EntitlementList } from '@rolebridge/contracts';
import { ENTITLEMENT_TYPES } from '@rolebridge/contracts';

import { isList } from './matcher.ts';

type Content = Pick<DesiredAccount, 'presence' | 'erased' | 'attributes' | 'entitlements'>;

/**
 * Whether the target has to be told (R-16, L15). Generation, cause, urgency and rule set do not count, nor the names of the rules:
 * who gives a role is worth a line in the explanation, not a call to a target. The order of a list does not count either.
 */
export function effectiveDifference(previous: Content | undefined, next: Content): boolean {
  if (previous === next) return false;
  if (previous === undefined || previous.presence !== next.presence || previous.erased !== next.erased) return true;
  return ENTITLEMENT_TYPES.some((type) => !sameList(previous.entitlements[type], next.entitlements[type])) || !sameJson(previous.attributes, next.attributes);
}

/** Whether the same people gave the same things: if not, the stored account learns the new names though nothing is published. */
export function sameReasons(previous: Content, next: Content): boolean {
  return previous === next || sameJson(previous.entitlements, next.entitlements);
}

function sameList(a: EntitlementList | undefined, b: EntitlementList | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.complete !== b.complete || a.items.length !== b.items.length) return false;
  if (!sameValues(a.removed ?? [], b.removed ?? [])) return false;
  const primaryOf = new Map(a.items.map((item) => [item.value, item.primary === true]));
  return b.items.every((item) => primaryOf.get(item.value) === (item.primary === true));
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((value) => a.includes(value));
}

/** Equality of JSON values; the order of an object's members means nothing (`jsonb` does not keep it). */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((value, position) => sameJson(value, b[position]));
  return isObject(a) && isObject(b) && !isList(b) && sameMembers(a, b);
}

function sameMembers(a: object, b: object): boolean {
  const keys = keysOf(a);
  return keys.length === keysOf(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(Reflect.get(a, key), Reflect.get(b, key)));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A member that is `undefined` does not exist in JSON. */
function keysOf(value: object): readonly string[] {
  return Object.keys(value).filter((key) => Reflect.get(value, key) !== undefined);
}
