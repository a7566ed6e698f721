import type { SeenAccount } from '@rolebridge/connector-sdk';
import { SCIM_URN, type ScimAddress, type ScimUser, type ScimValue } from '@rolebridge/contracts';
import type { FieldglassObservation } from './state.ts';

/**
 * Which SCIM attributes of a person Fieldglass takes, and when (SAP-docs/btp-cloud-identity-services, `sap-fieldglass-c4d3fd5.md`).
 * The one place to change when an attribute mapping becomes data.
 */
export interface AttributeRule {
  /** Path as PATCH writes it (RFC 7644 §3.5.2). */
  readonly path: string;
  /** The same as keys into the resource. */
  readonly keys: readonly string[];
  /** `create`: immutable afterwards. */
  readonly write: 'always' | 'create';
}

/** Attributes by path; a missing path is no value. */
export type Attributes = Readonly<Record<string, unknown>>;

const core = (path: string): AttributeRule => ({ path, keys: path.split('.'), write: 'always' });
const extension = (urn: string, path: string, write: AttributeRule['write'] = 'always'): AttributeRule => ({ path: `${urn}:${path}`, keys: [urn, ...path.split('.')], write });
const enterprise = (path: string, write?: AttributeRule['write']): AttributeRule => extension(SCIM_URN.enterpriseUser, path, write);

export const RULES: readonly AttributeRule[] = [
  ...['name.givenName', 'name.familyName', 'name.formatted', 'name.honorificPrefix', 'displayName', 'title', 'timezone', 'locale', 'emails', 'addresses'].map(core),
  ...['employeeNumber', 'costCenter', 'organization', 'department', 'manager.displayName'].map((path) => enterprise(path)),
  ...['division', 'manager.value'].map((path) => enterprise(path, 'create')),
  extension(SCIM_URN.sapUser, 'userUuid'),
];

/** Any other prefix is dropped (same source). */
const HONORIFICS = ['Mr.', 'Mrs.', 'Ms.', 'Dr.'];

/** PURE. What the wish says about attributes. Empty texts count as no value. */
export function wishedAttributes(user: ScimUser): Attributes {
  const all = attributesOf(user);
  const { 'name.honorificPrefix': prefix, ...rest } = all;
  return typeof prefix === 'string' && HONORIFICS.includes(prefix) ? all : rest;
}

/** PURE. The attributes of a resource in the shape of RFC 7643, as far as there is a rule for them. */
export function attributesOf(resource: Readonly<Record<string, unknown>>): Attributes {
  return Object.fromEntries(
    RULES.flatMap(({ path, keys }) => {
      const value = normalised(path, valueAt(resource, keys));
      return value === undefined ? [] : [[path, value]];
    }),
  );
}

/** PURE. The other way round: nested as RFC 7643 wants it. */
export function nested(attributes: Attributes): Readonly<Record<string, unknown>> {
  const resource: Record<string, unknown> = {};
  for (const { path, keys } of RULES) {
    if (attributes[path] !== undefined) place(resource, keys, attributes[path]);
  }
  return resource;
}

function place(object: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [first = '', ...rest] = keys;
  if (rest.length === 0) {
    object[first] = value;
    return;
  }
  const inner = isObject(object[first]) ? { ...object[first] } : {};
  place(inner, rest, value);
  object[first] = inner;
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

function normalised(path: string, value: unknown): unknown {
  if (path === 'emails') return nonEmpty(emails(value));
  if (path === 'addresses') return nonEmpty(addresses(value));
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The primary one first; `type` is `work` and the first is primary unless stated (same source). */
function emails(value: unknown): readonly ScimValue[] {
  const stated = (Array.isArray(value) ? value : []).filter((item): item is ScimValue => isObject(item) && typeof item['value'] === 'string' && item['value'] !== '');
  const ordered = [...stated.filter((item) => item.primary === true), ...stated.filter((item) => item.primary !== true)];
  return ordered.map((item, index) => ({ value: item.value, type: item.type ?? 'work', ...(index === 0 ? { primary: true } : {}) }));
}

const ADDRESS_FIELDS = ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type'] as const satisfies readonly (keyof ScimAddress)[];

function addresses(value: unknown): readonly ScimAddress[] {
  const stated = (Array.isArray(value) ? value : []).filter(isObject);
  return stated.map(address).filter((item) => Object.keys(item).length > 0);
}

function address(item: Readonly<Record<string, unknown>>): ScimAddress {
  const texts = ADDRESS_FIELDS.flatMap((field) => (typeof item[field] === 'string' && item[field] !== '' ? [[field, item[field]]] : []));
  return { ...Object.fromEntries(texts), ...(item['primary'] === true ? { primary: true } : {}) };
}

function nonEmpty(list: readonly unknown[]): readonly unknown[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** PURE. An account as the target shows it, in the shape that all systems share. */
export function seenOf({ id, userName, active, resource, groups = [] }: Extract<FieldglassObservation, { readonly found: true }>): SeenAccount {
  const named = (member: boolean) => groups.filter((group) => group.member === member).map(({ name }) => ({ type: 'group' as const, value: name }));
  const attributes: ScimUser = { userName, ...nested(attributesOf(resource)), ...(active === undefined ? {} : { active }) };
  return { accountId: id, presence: active === false ? 'disabled' : 'active', attributes, told: { has: named(true), hasNot: named(false) } };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
