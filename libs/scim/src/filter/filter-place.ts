import type { Attribute, Schema } from '../schema/attribute.ts';
import { COMMON_ATTRIBUTES } from '../schema/common-attributes.ts';
import { subAttributesOf } from '../schema/user-model.ts';
import type { UserModel } from '../schema/user-model.ts';

/** Where the values stand that a filter or `sortBy` names. */
export interface FilterPlace {
  /** The extension that holds the attribute; missing for the core schema. */
  readonly urn?: string;
  readonly attribute: Attribute;
  readonly sub?: Attribute;
}

const STEP = /^([A-Za-z$][\w$-]*)(?:\.([A-Za-z$][\w$-]*))?$/;
const COMMON = new Map(COMMON_ATTRIBUTES.map((attribute) => [attribute.name.toLowerCase(), attribute]));

/** What a path of a filter names; `undefined` when no schema has it. */
export function findFilterPlace(path: string, model: UserModel): FilterPlace | undefined {
  const extension = [...model.extensionIndex.values()].find(({ urn }) => path.slice(0, urn.length + 1).toLowerCase() === `${urn}:`.toLowerCase());
  if (extension) return step(path.slice(extension.urn.length + 1), (name) => placed(extension.index.get(name), extension.urn));
  const core = `${model.core.id}:`;
  const rest = path.slice(0, core.length).toLowerCase() === core.toLowerCase() ? path.slice(core.length) : path;
  return step(rest, (name) => placed(model.coreIndex.get(name)) ?? placed(COMMON.get(name)) ?? model.moved.get(name));
}

/** The extension that a path names as a whole. */
export function findExtension(path: string, model: UserModel): Schema | undefined {
  return model.extensions.find(({ id }) => id.toLowerCase() === path.toLowerCase());
}

/** The place of the values themselves: of a complex attribute its sub-attribute `value` (RFC 7643 §2.4); `undefined` when it has none. */
export function valuePlace(place: FilterPlace): FilterPlace | undefined {
  if (place.sub || place.attribute.type !== 'complex') return place;
  const sub = subAttributesOf(place.attribute).get('value');
  return sub && { ...place, sub };
}

function placed(attribute: Attribute | undefined, urn?: string): FilterPlace | undefined {
  return attribute && { attribute, ...(urn && { urn }) };
}

function step(rest: string, find: (name: string) => FilterPlace | undefined): FilterPlace | undefined {
  const [, name = '', subName] = STEP.exec(rest) ?? [];
  const found = find(name.toLowerCase());
  if (!found || subName === undefined) return found;
  const sub = subAttributesOf(found.attribute).get(subName.toLowerCase());
  return sub && { ...found, sub };
}
