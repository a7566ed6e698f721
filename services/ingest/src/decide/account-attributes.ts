import type { AccountAttributes } from '@rolebridge/contracts';
import { isObject, sameJson } from '@rolebridge/scim';

/** Part of every account, never of its own attributes: said elsewhere. */
const NOT_OWN = new Set(['schemas', 'id', 'meta', 'groups', 'active', 'password']);

const isExtension = (name: string): boolean => name.startsWith('urn:');

export interface Stated {
  /** What the caller was shown. */
  readonly shown: AccountAttributes;
  readonly person: AccountAttributes;
  /** What the caller now says; `null` = none. */
  readonly stated: AccountAttributes;
}

/**
 * PURE. The attributes of an account that differ from the person's, after a write: what is stated as it was shown changes nothing, what is
 * stated as the person has it ends a difference. Members of extensions are compared one by one.
 */
export function attributesAfter(own: AccountAttributes, { shown, person, stated }: Stated): AccountAttributes {
  const next: Record<string, unknown> = { ...own };
  for (const [name, value] of Object.entries(stated)) {
    if (NOT_OWN.has(name)) continue;
    const different = isExtension(name) && value !== null ? extensionAfter(name, own, { shown, person, stated }) : changedValue(value, { shown: shown[name], person: person[name] });
    if (different === UNCHANGED) continue;
    if (different === undefined) delete next[name];
    else next[name] = different;
  }
  return next;
}

const UNCHANGED = Symbol('as it was shown');

/** `undefined`: as the person has it. */
function changedValue(value: unknown, { shown, person }: { readonly shown: unknown; readonly person: unknown }): unknown {
  if (sameJson(value ?? undefined, person)) return undefined;
  return sameJson(value ?? undefined, shown) ? UNCHANGED : value;
}

function extensionAfter(urn: string, own: AccountAttributes, { shown, person, stated }: Stated): unknown {
  const members = attributesAfter(partOf(own[urn]), { shown: partOf(shown[urn]), person: partOf(person[urn]), stated: partOf(stated[urn]) });
  return Object.keys(members).length > 0 ? members : undefined;
}

function partOf(value: unknown): AccountAttributes {
  return isObject(value) ? value : {};
}
