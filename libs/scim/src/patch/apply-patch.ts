import { ScimError } from '../message/scim-error.ts';
import type { ResourceModel } from '../schema/user-model.ts';
import { finishUser } from '../user/read-user.ts';
import { invalid, isObject, readAttribute, readMembers } from '../user/read-value.ts';
import type { JsonObject } from '../user/read-value.ts';
import { finishGroup } from '../group/read-group.ts';
import type { Group } from '../group/scim-group.ts';
import type { User } from '../user/scim-user.ts';
import type { PatchOperation } from './operations.ts';
import { patchSingle } from './single-value.ts';
import { findPath, isServerOwned, resolvePath } from './target.ts';
import type { Target } from './target.ts';
import { patchValues } from './values.ts';

type Draft = Record<string, unknown>;

/**
 * Applies the operations of a PATCH in order (RFC 7644 §3.5.2); all or none. The user that is passed in stays as it is.
 *
 * Two freedoms are taken for clients of the Entra family: `add` to `emails[type eq "work"].value` creates the value where
 * none matches, and `remove` with a `value` removes only the values named.
 *
 * @throws ScimError `invalidPath`, `noTarget`, `mutability`, `invalidValue`, `invalidFilter`
 */
export function applyPatch(user: User, operations: readonly PatchOperation[], model: ResourceModel): User {
  return finishUser(patchedDraft(user, operations, model));
}

/** As {@link applyPatch}, for the attributes of a group; its members stand apart. */
export function applyGroupPatch(group: Group, operations: readonly PatchOperation[], model: ResourceModel): Group {
  return finishGroup(patchedDraft(group, operations, model));
}

function patchedDraft(resource: JsonObject, operations: readonly PatchOperation[], model: ResourceModel): Draft {
  const draft: Draft = structuredClone(resource);
  for (const operation of operations) {
    if (operation.path) applyAt(draft, resolvePath(operation.path, model), operation, operation.path);
    else applyWithoutPath(draft, operation, model);
  }
  return draft;
}

/** The value is a part of a resource; each of its members is added or replaced as if it were named by a path. */
function applyWithoutPath(draft: Draft, operation: PatchOperation, model: ResourceModel): void {
  if (!isObject(operation.value)) throw ScimError.of('invalidValue', 'An operation without path needs an object as its value.');
  for (const [path, value] of Object.entries(operation.value)) {
    if (isServerOwned(path)) continue;
    const target = findPath(path, model);
    if (target) applyAt(draft, target, { ...operation, value }, path);
  }
}

function applyAt(draft: Draft, target: Target, operation: PatchOperation, path: string): void {
  if (target.kind === 'extension') applyToExtension(draft, target, operation);
  else if (target.urn === undefined) applyToAttribute(draft, target, operation, path);
  else inExtension(draft, target.urn, (extension) => applyToAttribute(extension, target, operation, path));
}

function applyToExtension(draft: Draft, target: Extract<Target, { kind: 'extension' }>, operation: PatchOperation): void {
  if (operation.op === 'remove') {
    delete draft[target.urn];
    return;
  }
  const value = operation.value;
  if (!isObject(value)) throw invalid(target.urn, 'must be an object');
  inExtension(draft, target.urn, (extension) => mergeMembers(extension, value, target));
}

/** Members that are named are written, `null` ends one; the others stay. */
function mergeMembers(extension: Draft, value: JsonObject, target: Extract<Target, { kind: 'extension' }>): void {
  for (const [key, member] of Object.entries(value)) {
    const attribute = target.index.get(key.toLowerCase());
    if (attribute && member === null) delete extension[attribute.name];
  }
  Object.assign(extension, readMembers(value, target.index, `${target.urn}:`));
}

/** Runs `work` on the extension, which comes into being or ends as its content does. */
function inExtension(draft: Draft, urn: string, work: (extension: Draft) => void): void {
  const held = draft[urn];
  const extension: Draft = isObject(held) ? { ...held } : {};
  work(extension);
  if (Object.keys(extension).length > 0) draft[urn] = extension;
  else delete draft[urn];
}

/** With its last attribute an extension ends as a whole; no extension is required. */
function endsExtension(holder: Draft, { urn, attribute }: Extract<Target, { kind: 'attribute' }>): boolean {
  return urn !== undefined && Object.keys(holder).every((name) => name === attribute.name);
}

function applyToAttribute(holder: Draft, target: Extract<Target, { kind: 'attribute' }>, operation: PatchOperation, path: string): void {
  const { attribute } = target;
  const held = holder[attribute.name];
  const next = attribute.multiValued ? patchValues(held, target, operation, path) : patchSingle(held, target, operation, path);
  if (next !== undefined) holder[attribute.name] = readAttribute(attribute, next, path);
  else if (attribute.required && !endsExtension(holder, target)) throw ScimError.of('mutability', `Attribute ${path} is required and cannot be removed.`);
  else delete holder[attribute.name];
}
