import { ScimError } from '../message/scim-error.ts';
import { list, text } from '../schema/attribute.ts';
import type { ResourceModel } from '../schema/user-model.ts';
import { invalid, isObject, readAttribute, readMembers } from './read-value.ts';
import type { JsonObject } from './read-value.ts';
import type { GroupOfUser, User, ValueOfUser } from './scim-user.ts';

/**
 * Reads a user as a caller sent it, in either of the shapes of SAP's Identity Authentication: v1 carries enterprise and SAP
 * attributes at top level, v2 in their extensions; both arrive as v2. Where one document has both, the extension wins.
 * Unknown attributes are ignored; `id`, `meta` and `password` too.
 *
 * @throws ScimError `invalidSyntax` when it is no object, `invalidValue` naming the attribute
 */
export function readUser(body: unknown, model: ResourceModel): User {
  if (!isObject(body)) throw ScimError.of('invalidSyntax', 'The body must be a JSON object with a SCIM user.');
  const draft = readMembers(body, model.coreIndex, '');
  for (const [key, value] of Object.entries(body)) readExtension(draft, key, value, model);
  for (const [key, value] of Object.entries(body)) readMoved(draft, key, value, model);
  return finishUser(draft);
}

/** Groups as an event source may state them in the user's document; callers of SCIM write membership on the group. */
const STATED_GROUPS = list('groups', 'Groups the source states for this person.', [
  text('value', 'Id of the group at the source.', { required: true, maxLength: 255 }),
  text('display', 'Name of the group.'),
  text('type', 'direct or indirect.'),
]);

/** As {@link readUser}, with the groups that an event source states for the person. */
export function readStatedUser(body: unknown, model: ResourceModel): User {
  const user = readUser(body, model);
  const groups = isObject(body) ? readAttribute(STATED_GROUPS, body['groups'], 'groups') : undefined;
  // read against the attribute above
  return groups === undefined ? user : { ...user, groups: groups as readonly GroupOfUser[] };
}

/** The checks that concern the user as a whole; used after reading and after PATCH. */
export function finishUser(draft: JsonObject): User {
  const userName = draft['userName'];
  if (typeof userName !== 'string' || userName.trim() === '') throw invalid('userName', 'is required');
  // Every member was read against the schema of this type.
  const user = draft as User;
  user.emails?.forEach(checkEmail);
  return user;
}

function readExtension(draft: Record<string, unknown>, key: string, value: unknown, model: ResourceModel): void {
  const extension = model.extensionIndex.get(key.toLowerCase());
  if (!extension || value === null) return;
  if (!isObject(value)) throw invalid(extension.urn, 'must be an object');
  const members = readMembers(value, extension.index, `${extension.urn}:`);
  if (Object.keys(members).length > 0) draft[extension.urn] = members;
}

function readMoved(draft: Record<string, unknown>, key: string, value: unknown, model: ResourceModel): void {
  const place = model.moved.get(key.toLowerCase());
  if (!place?.urn) return;
  const read = readAttribute(place.attribute, value, key);
  if (read === undefined) return;
  const held = draft[place.urn];
  const extension = isObject(held) ? held : {};
  const stated = extension[place.attribute.name] !== undefined && key.toLowerCase() !== 'company';
  if (!stated) draft[place.urn] = { ...extension, [place.attribute.name]: read };
}

/** Not the whole grammar of RFC 5321: one `@` with something on both sides, no space or control character. */
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u;

function checkEmail(email: ValueOfUser, at: number): void {
  if (!EMAIL.test(email.value)) throw invalid(`emails[${at}].value`, 'must be an e-mail address like name@example.org');
}
