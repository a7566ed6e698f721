import { isObject } from '@rolebridge/scim';
import type { JsonObject, User } from '@rolebridge/scim';

/**
 * PURE. A person after somebody spoke of them who knows only a part, as each of the old flows does: what is not named stays. Extensions are merged
 * attribute by attribute, custom attributes by name. Whether the person is usable is not theirs to say: `active` stays.
 */
export function mergedUser(held: User, given: User): User {
  const named = Object.entries(given).filter(([name]) => name !== 'active' && name !== 'groups');
  return { ...held, ...Object.fromEntries(named.map(([name, value]) => [name, name.startsWith('urn:') ? mergedExtension(held[name], value) : value])), userName: given.userName };
}

function mergedExtension(held: unknown, given: unknown): unknown {
  if (!isObject(held) || !isObject(given)) return given;
  return { ...held, ...given, ...(Array.isArray(held['attributes']) && Array.isArray(given['attributes']) && { attributes: mergedAttributes(held['attributes'], given['attributes']) }) };
}

function mergedAttributes(held: readonly unknown[], given: readonly unknown[]): readonly unknown[] {
  const names = new Set(given.map(nameOf));
  return [...held.filter((attribute) => !names.has(nameOf(attribute))), ...given];
}

function nameOf(attribute: unknown): unknown {
  return isObject(attribute) ? (attribute satisfies JsonObject)['name'] : undefined;
}
