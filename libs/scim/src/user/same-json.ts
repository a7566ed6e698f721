import { isObject } from './read-value.ts';

/** Whether two JSON values say the same: the order of members does not count, the order of lists does, `undefined` is missing. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((item, at) => sameJson(item, right[at]));
  return isObject(left) && isObject(right) && sameMembers(left, right);
}

function sameMembers(left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(left).filter((key) => left[key] !== undefined);
  const others = Object.keys(right).filter((key) => right[key] !== undefined);
  return keys.length === others.length && keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}
