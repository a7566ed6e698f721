import type { Attribute, Schema } from './attribute.ts';
import { groupSchemas } from './group-schemas.ts';
import { URN } from './urns.ts';
import { userSchemas } from './user-schemas.ts';

/** Attributes of one level by lower-case name: names are compared without case (RFC 7643 §2.1). */
export type AttributeIndex = ReadonlyMap<string, Attribute>;

/** A place in a user: an attribute of the core schema, or of the extension named by `urn`. */
export interface Place {
  readonly urn?: string;
  readonly attribute: Attribute;
}

/** The schemas of a resource type, compiled for look-up. Built once at start. */
export interface ResourceModel {
  readonly core: Schema;
  readonly extensions: readonly Schema[];
  readonly coreIndex: AttributeIndex;
  /** Extensions by lower-case URN. */
  readonly extensionIndex: ReadonlyMap<string, { readonly urn: string; readonly index: AttributeIndex }>;
  /** Where attributes belong that the older interface (v1) sends at top level, by lower-case name. */
  readonly moved: ReadonlyMap<string, Place>;
}

export type UserModel = ResourceModel;

const subIndexes = new WeakMap<Attribute, AttributeIndex>();

/** The sub-attributes of a complex attribute by lower-case name. */
export function subAttributesOf(attribute: Attribute): AttributeIndex {
  const known = subIndexes.get(attribute);
  if (known) return known;
  const index = indexOf(attribute.subAttributes ?? []);
  subIndexes.set(attribute, index);
  return index;
}

/**
 * Top-level attributes of the shape v1 and their place in v2. Names from the payload of SAP's reference package
 * (SAP-samples/cloud-integration-flow, `Recipes/for/sapipsintegration`); `company` stands for the organisation when present
 * (SAP-docs/btp-cloud-identity-services, `identity-authentication-e4e25f1.md`).
 */
const MOVED: readonly (readonly [string, string, string])[] = [
  ['employeeNumber', URN.enterpriseUser, 'employeeNumber'],
  ['costCenter', URN.enterpriseUser, 'costCenter'],
  ['organization', URN.enterpriseUser, 'organization'],
  ['company', URN.enterpriseUser, 'organization'],
  ['division', URN.enterpriseUser, 'division'],
  ['department', URN.enterpriseUser, 'department'],
  ['manager', URN.enterpriseUser, 'manager'],
  ['userUuid', URN.sapUser, 'userUuid'],
  ['userId', URN.sapUser, 'userId'],
  ['status', URN.sapUser, 'status'],
  ['validFrom', URN.sapUser, 'validFrom'],
  ['validTo', URN.sapUser, 'validTo'],
  ['sourceSystem', URN.sapUser, 'sourceSystem'],
  ['sourceSystemId', URN.sapUser, 'sourceSystemId'],
];

export function userModel(customExtensions: readonly string[] = [URN.sapCustomUser]): UserModel {
  const { core, extensions } = userSchemas(customExtensions);
  const model = resourceModel(core, extensions);
  const moved = new Map<string, Place>();
  for (const [from, urn, to] of MOVED) {
    const attribute = model.extensionIndex.get(urn.toLowerCase())?.index.get(to.toLowerCase());
    if (attribute) moved.set(from.toLowerCase(), { urn, attribute });
  }
  return { ...model, moved };
}

/** @param memberDisplay whether names of members are returned unless they are asked for: the RFC's own schema of groups does not have them (RFC 7643 §8.7.1) */
export function groupModel(memberDisplay: 'default' | 'request' = 'request'): ResourceModel {
  const { core, extensions } = groupSchemas(memberDisplay);
  return resourceModel(core, extensions);
}

function resourceModel(core: Schema, extensions: readonly Schema[]): ResourceModel {
  const extensionIndex = new Map(extensions.map((schema) => [schema.id.toLowerCase(), extension(schema)]));
  return { core, extensions, coreIndex: indexOf(core.attributes), extensionIndex, moved: new Map() };
}

function extension(schema: Schema): { readonly urn: string; readonly index: AttributeIndex } {
  return { urn: schema.id, index: indexOf(schema.attributes) };
}

function indexOf(attributes: readonly Attribute[]): AttributeIndex {
  return new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));
}
