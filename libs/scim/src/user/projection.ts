import { ScimError } from '../message/scim-error.ts';
import { URN } from '../schema/urns.ts';
import { isObject } from './read-value.ts';
import type { JsonObject } from './read-value.ts';

/** `attributes` and `excludedAttributes` of a request (RFC 7644 §3.9); at most one of them. */
export interface Projection {
  readonly only?: readonly string[];
  readonly without?: readonly string[];
}

/** Always returned, whatever is asked for (RFC 7643 §3.1, §7). */
const ALWAYS = new Set(['schemas', 'id']);

const CORE = new RegExp(`^${URN.user}:`, 'i');

/** @throws ScimError `invalidValue` when both are given */
export function readProjection(attributes: string | undefined, excludedAttributes: string | undefined): Projection {
  const only = names(attributes);
  const without = names(excludedAttributes);
  if (only && without) throw ScimError.of('invalidValue', 'Give attributes or excludedAttributes, not both.');
  return { ...(only && { only }), ...(without && { without }) };
}

/** The resource cut down to what was asked for. Names: `userName`, `name.familyName`, a URN, or `<URN>:<attribute>`; without case. */
export function project(resource: JsonObject, projection: Projection): JsonObject {
  if (projection.only) return keep(resource, projection.only);
  if (projection.without) return drop(resource, projection.without);
  return resource;
}

/** Whether anything of an attribute is shown: what nobody wants to see need not be read. @param attribute in lower case */
export function shows({ only, without }: Projection, attribute: string): boolean {
  if (only) return only.some((name) => inside(name, attribute) !== undefined);
  return without === undefined || !without.includes(attribute);
}

function names(text: string | undefined): readonly string[] | undefined {
  // a filter behind a name, as some clients write it, is left out: the attribute is shown as it is
  const list = (text ?? '').replace(/\[[^\]]*\]/g, '').split(',').map((name) => name.trim().toLowerCase().replace(CORE, '')).filter((name) => name !== '');
  return list.length > 0 ? list : undefined;
}

/** How a name meets a member: it is the member itself, something inside it, or something else. */
function inside(name: string, member: string): string | undefined {
  const key = member.toLowerCase();
  if (name === key) return '';
  const next = name[key.length];
  return name.startsWith(key) && (next === '.' || next === ':') ? name.slice(key.length + 1) : undefined;
}

function keep(resource: JsonObject, only: readonly string[]): JsonObject {
  const kept = Object.entries(resource).flatMap(([member, value]): [string, unknown][] => {
    const rests = only.map((name) => inside(name, member)).filter((rest) => rest !== undefined);
    if (ALWAYS.has(member) || rests.includes('')) return [[member, value]];
    return rests.length > 0 ? [[member, within(value, (part) => keep(part, rests))]] : [];
  });
  return Object.fromEntries(kept);
}

function drop(resource: JsonObject, without: readonly string[]): JsonObject {
  const kept = Object.entries(resource).flatMap(([member, value]): [string, unknown][] => {
    const rests = without.map((name) => inside(name, member)).filter((rest) => rest !== undefined);
    if (ALWAYS.has(member)) return [[member, value]];
    if (rests.includes('')) return [];
    return [[member, rests.length > 0 ? within(value, (part) => drop(part, rests)) : value]];
  });
  return Object.fromEntries(kept);
}

function within(value: unknown, cut: (part: JsonObject) => JsonObject): unknown {
  if (Array.isArray(value)) return value.map((part) => (isObject(part) ? cut(part) : part));
  return isObject(value) ? cut(value) : value;
}
