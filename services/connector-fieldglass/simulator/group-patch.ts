import { isObject } from './scim-rules.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The members after a PatchOp; undefined: not one that groups take. */
export function patchedMembers(members: readonly string[], content: unknown): readonly string[] | undefined {
  if (!isObject(content) || !Array.isArray(content['schemas']) || content['schemas'][0] !== PATCH_OP) return undefined;
  const operations: unknown = content['Operations'];
  if (!Array.isArray(operations) || operations.length === 0) return undefined;
  return operations.reduce<readonly string[] | undefined>((before, operation) => before && changed(before, operation), members);
}

function changed(members: readonly string[], operation: unknown): readonly string[] | undefined {
  if (!isObject(operation) || typeof operation['path'] !== 'string') return undefined;
  const { op, path, value } = operation;
  if (op === 'add' && path === 'members') return added(members, value);
  return op === 'remove' && value === undefined ? removed(members, path) : undefined;
}

function removed(members: readonly string[], path: string): readonly string[] | undefined {
  const member = /^members\[value eq "([^"\\]+)"\]$/.exec(path)?.[1];
  return member === undefined ? undefined : members.filter((one) => one !== member);
}

function added(members: readonly string[], value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value.map((member) => (isObject(member) && typeof member['value'] === 'string' ? member['value'] : undefined)).filter((id) => id !== undefined);
  return ids.length === value.length ? [...new Set([...members, ...ids])] : undefined;
}
