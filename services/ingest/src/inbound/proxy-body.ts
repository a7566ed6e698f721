import { applyPatch, isObject, readPatchBody, readUser, ScimError } from '@rolebridge/scim';
import type { JsonObject, PatchOperation, User, UserModel } from '@rolebridge/scim';
import type { AccountWrite, ShownAccount } from '../decide/account-request.ts';
import { personAttributes, personOf } from '../decide/proxy-write.ts';
import type { EntitlementRow } from '../store/proxy-entitlements.store.ts';

/** A user of the proxy API as sent: what is said of the account, and by which names its groups are meant. */
export interface AccountBody {
  readonly user: User;
  readonly write: AccountWrite;
  /** Our ids or display names; missing: no statement. */
  readonly groups?: readonly string[];
}

/** @throws ScimError `invalidSyntax`, `invalidValue` */
export function readAccount(body: unknown, model: UserModel): AccountBody {
  const user = readUser(body, model);
  const groups = isObject(body) ? groupsOf(body['groups']) : undefined;
  const attributes = { ...personAttributes(user), ...emptied(body, model) };
  return { user, write: { ...presenceOf(user), attributes }, ...(groups && { groups }) };
}

function presenceOf({ active }: User): Pick<AccountWrite, 'presence'> {
  if (active === undefined) return {};
  return { presence: active ? 'active' : 'disabled' };
}

/** Attributes that are stated as none: `null`, an empty text or list. What is not stated at all stays as it is. */
function emptied(body: unknown, model: UserModel): Readonly<Record<string, null>> {
  const members = isObject(body) ? Object.entries(body) : [];
  return Object.fromEntries(members.flatMap(([name, value]): [string, null][] => {
    const attribute = model.coreIndex.get(name.toLowerCase());
    const none = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    return attribute && none && !attribute.required ? [[attribute.name, null]] : [];
  }));
}

function groupsOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((group: unknown, at) => {
    const name: unknown = isObject(group) ? (group['value'] ?? group['display']) : group;
    if (typeof name !== 'string' || name === '') throw ScimError.of('invalidValue', `groups[${at}].value must be the id of a group.`);
    return name;
  });
}

/** The groups that are meant, as entitlements. @throws ScimError `invalidValue` for one that the system does not have */
export function withGroups({ write, groups }: Pick<AccountBody, 'write' | 'groups'>, catalogue: readonly EntitlementRow[]): AccountWrite {
  if (groups === undefined) return write;
  const items = groups.map((name, at) => {
    const entry = catalogue.find(({ id, value, display }) => id === name.toLowerCase() || value === name || display === name);
    if (!entry) throw ScimError.of('invalidValue', `groups[${at}].value is no group of this system.`);
    return { type: entry.type, value: entry.value };
  });
  return { ...write, entitlements: { types: [...new Set(catalogue.map(({ type }) => type))], items } };
}

/** What a PATCH changes in the account that was shown. @throws ScimError as RFC 7644 §3.5.2 */
export function patchedAccount(operations: readonly PatchOperation[], shown: ShownAccount, model: UserModel): AccountWrite {
  const before: User = { ...personOf(shown.attributes), active: shown.presence === 'active' };
  const after = applyPatch(before, operations, model);
  const gone = Object.keys(before).filter((name) => !(name in after));
  const changed: JsonObject = { ...personAttributes(after), ...Object.fromEntries(gone.map((name) => [name, null])) };
  return { ...(after.active === before.active ? {} : presenceOf(after)), attributes: changed };
}

/** What becomes of the members of a group. */
export interface MembersChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** PUT: the whole list. @throws ScimError `invalidSyntax`, `mutability` for another name */
export function replacedMembers(body: unknown, entry: EntitlementRow, shown: readonly string[]): MembersChange {
  if (!isObject(body)) throw ScimError.of('invalidSyntax', 'The body must be a JSON object with a SCIM group.');
  checkName(body['displayName'], entry);
  const members = memberIds(body['members'] ?? []);
  return { add: members.filter((id) => !shown.includes(id)), remove: shown.filter((id) => !members.includes(id)) };
}

/** PATCH: in order. @throws ScimError `invalidPath`, `mutability` */
export function patchedMembers(body: unknown, entry: EntitlementRow, shown: readonly string[]): MembersChange {
  const members = new Set(shown);
  for (const operation of readPatchBody(body)) patchMembers(members, operation, entry);
  return { add: [...members].filter((id) => !shown.includes(id)), remove: shown.filter((id) => !members.has(id)) };
}

function patchMembers(members: Set<string>, { op, path, value }: PatchOperation, entry: EntitlementRow): void {
  if (path === undefined) return patchWithoutPath(members, { op, value }, entry);
  if (/^(?:urn:[^"]*:)?displayName$/i.test(path)) return checkName(value, entry);
  const one = /^members\[value eq "([^"]+)"\]$/i.exec(path)?.[1];
  if (one !== undefined && op === 'remove') members.delete(one.toLowerCase());
  else if (path.toLowerCase() === 'members') setMembers(members, op, value);
  else throw ScimError.of('invalidPath', 'Only members can be changed; write members or members[value eq "…"].');
}

function patchWithoutPath(members: Set<string>, { op, value }: Pick<PatchOperation, 'op' | 'value'>, entry: EntitlementRow): void {
  if (!isObject(value)) throw ScimError.of('invalidValue', 'An operation without path needs an object as its value.');
  if (value['displayName'] !== undefined) checkName(value['displayName'], entry);
  if (value['members'] !== undefined) setMembers(members, op, value['members']);
}

function setMembers(members: Set<string>, op: PatchOperation['op'], value: unknown): void {
  if (op === 'replace' || (op === 'remove' && value === undefined)) members.clear();
  const ids = value === undefined ? [] : memberIds(Array.isArray(value) ? value : [value]);
  for (const id of ids) {
    if (op === 'remove') members.delete(id);
    else members.add(id);
  }
}

function memberIds(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw ScimError.of('invalidValue', 'members must be a list.');
  const ids = value.map((member: unknown, at) => {
    const id: unknown = isObject(member) ? member['value'] : undefined;
    if (typeof id !== 'string' || id === '') throw ScimError.of('invalidValue', `members[${at}].value must be the id of an account.`);
    return id.toLowerCase();
  });
  return [...new Set(ids)];
}

/** Groups live at the target under their name. */
function checkName(name: unknown, { display, value }: EntitlementRow): void {
  if (name !== undefined && name !== (display ?? value)) throw ScimError.of('mutability', 'displayName of a group of this system cannot be changed from here.');
}
