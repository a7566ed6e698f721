import { ScimError } from '../message/scim-error.ts';
import type { ResourceModel } from '../schema/user-model.ts';
import { invalid, isObject, readMembers } from '../user/read-value.ts';
import type { JsonObject } from '../user/read-value.ts';
import type { Group, MemberReference, MemberType } from './scim-group.ts';

/** A group as a caller sent it. */
export interface GroupDocument {
  readonly group: Group;
  /** Missing: the caller says nothing about the members. */
  readonly members?: readonly MemberReference[];
}

/** The attribute that is kept apart from the others. */
export const MEMBERS = 'members';

/**
 * Reads a group. Unknown and read-only attributes are ignored.
 *
 * @throws ScimError `invalidSyntax` when it is no object, `invalidValue` naming the attribute
 */
export function readGroup(body: unknown, model: ResourceModel): GroupDocument {
  if (!isObject(body)) throw ScimError.of('invalidSyntax', 'The body must be a JSON object with a SCIM group.');
  const { rest, members } = apart(body);
  const draft = readMembers(rest, model.coreIndex, '');
  for (const [key, value] of Object.entries(body)) {
    const extension = model.extensionIndex.get(key.toLowerCase());
    if (!extension || value === null) continue;
    if (!isObject(value)) throw invalid(extension.urn, 'must be an object');
    const read = readMembers(value, extension.index, `${extension.urn}:`);
    if (Object.keys(read).length > 0) draft[extension.urn] = read;
  }
  return { group: finishGroup(draft), ...(members !== undefined && { members: readReferences(members) }) };
}

/** Takes `members`, however it is spelt, out of an object. */
export function apart(body: JsonObject): { readonly rest: JsonObject; readonly members?: unknown } {
  const key = Object.keys(body).find((name) => name.toLowerCase() === MEMBERS);
  if (key === undefined) return { rest: body };
  const { [key]: members, ...rest } = body;
  return { rest, members };
}

/** The checks that concern the group as a whole; used after reading and after PATCH. */
export function finishGroup(draft: JsonObject): Group {
  const { displayName } = draft;
  if (typeof displayName !== 'string' || displayName.trim() === '') throw invalid('displayName', 'is required');
  return { ...draft, displayName };
}

/** Reads members: a list of objects with `value`, or one of them. The last of several with the same `value` counts. */
export function readReferences(value: unknown): readonly MemberReference[] {
  if (value === null || value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Map(list.map((item, at) => readReference(item, at)).map((reference) => [reference.value, reference])).values()];
}

function readReference(item: unknown, at: number): MemberReference {
  const value = isObject(item) ? memberOf(item, 'value') : item;
  if (typeof value !== 'string' || value === '') throw invalid(`members[${at}].value`, 'must be the id of a user or group');
  const type = isObject(item) ? typeOf(memberOf(item, 'type'), at) : undefined;
  return { value, ...(type && { type }) };
}

function memberOf(item: JsonObject, name: string): unknown {
  const key = Object.keys(item).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : item[key];
}

function typeOf(type: unknown, at: number): MemberType | undefined {
  if (type === undefined || type === null || type === '') return undefined;
  const plain = typeof type === 'string' ? type.toLowerCase() : '';
  if (plain === 'user') return 'User';
  if (plain === 'group') return 'Group';
  throw invalid(`members[${at}].type`, 'must be User or Group');
}
