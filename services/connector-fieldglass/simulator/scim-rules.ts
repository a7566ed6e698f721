import type { Resource } from './accounts.ts';

/** What the sheet says about writing users (`systems/fieldglass.md` §3.1, SAP-docs `sap-fieldglass-c4d3fd5.md`); anything else is refused. */
export const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const SAP = 'urn:ietf:params:scim:schemas:extension:sap:2.0:User';

type Kind = 'text' | 'flag' | 'emails' | 'addresses';

/** Every writable attribute by path. */
export const WRITABLE: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...['name.givenName', 'name.familyName', 'name.formatted', 'name.honorificPrefix', 'displayName', 'title', 'timezone', 'locale'].map((path): [string, Kind] => [path, 'text']),
  ['active', 'flag'],
  ['emails', 'emails'],
  ['addresses', 'addresses'],
  ...['employeeNumber', 'costCenter', 'organization', 'department', 'manager.displayName'].map((path): [string, Kind] => [`${ENTERPRISE}:${path}`, 'text']),
  [`${SAP}:userUuid`, 'text'],
]);

/** Attributes that only creation takes. */
export const CREATE_ONLY: readonly string[] = ['userName', `${ENTERPRISE}:division`, `${ENTERPRISE}:manager.value`];

const PREFIXES = ['Mr.', 'Mrs.', 'Ms.', 'Dr.'];
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/u;
const ADDRESS_FIELDS = ['formatted', 'streetAddress', 'locality', 'region', 'postalCode', 'country', 'type', 'primary'];
const EMAIL_FIELDS = ['value', 'type', 'primary'];

export interface Refusal {
  readonly scimType: 'invalidSyntax' | 'invalidValue' | 'invalidPath' | 'mutability' | 'noTarget';
  readonly detail: string;
}

/** A resource as paths and values; objects that are no attribute of ours show up under their own path and so are refused. */
export function flat(resource: Resource): ReadonlyMap<string, unknown> {
  const { schemas: _, ...rest } = resource;
  return new Map(Object.entries(rest).flatMap(([key, value]) => (key.startsWith('urn:') ? entries(`${key}:`, value) : inner(key, value))));
}

function entries(prefix: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (!isObject(value)) return [[prefix.slice(0, -1), value]];
  return Object.entries(value).flatMap(([key, item]) => inner(`${prefix}${key}`, item));
}

function inner(path: string, value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value).map(([key, item]) => [`${path}.${key}`, item] as const) : [[path, value]];
}

/** Why this content is refused; `fixed`: it is not a creation. */
export function contentRefusal(attributes: ReadonlyMap<string, unknown>, fixed: boolean): Refusal | undefined {
  for (const [path, value] of attributes) {
    const refusal = attributeRefusal(path, value, fixed);
    if (refusal) return refusal;
  }
  return attributes.has('emails') ? undefined : { scimType: 'invalidValue', detail: 'emails is mandatory' };
}

function attributeRefusal(path: string, value: unknown, fixed: boolean): Refusal | undefined {
  if (CREATE_ONLY.includes(path)) return fixed ? { scimType: 'mutability', detail: `${path} can be set at creation only` } : valueRefusal(path, 'text', value);
  const kind = WRITABLE.get(path);
  return kind ? valueRefusal(path, kind, value) : { scimType: 'invalidSyntax', detail: `unknown attribute ${path}` };
}

export function valueRefusal(path: string, kind: Kind, value: unknown): Refusal | undefined {
  const good = path === 'name.honorificPrefix' ? PREFIXES.includes(String(value)) : CHECKS[kind](value);
  return good ? undefined : { scimType: 'invalidValue', detail: `${path} has a value that is not allowed` };
}

const CHECKS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string' && value !== '',
  flag: (value) => typeof value === 'boolean',
  emails: (value) => Array.isArray(value) && value.length > 0 && value.every(isEmail) && value.filter((item: unknown) => isObject(item) && item['primary'] === true).length <= 1,
  addresses: (value) => Array.isArray(value) && value.every((item) => isObject(item) && Object.keys(item).every((key) => ADDRESS_FIELDS.includes(key))),
};

function isEmail(item: unknown): boolean {
  return isObject(item) && Object.keys(item).every((key) => EMAIL_FIELDS.includes(key)) && typeof item['value'] === 'string' && EMAIL.test(item['value']);
}

/** Exactly the two that the standard connector names, or the core one alone. */
export function schemasRefusal(schemas: unknown): Refusal | undefined {
  const good = Array.isArray(schemas) && schemas.includes(CORE) && schemas.every((urn) => urn === CORE || urn === ENTERPRISE);
  return good ? undefined : { scimType: 'invalidSyntax', detail: 'schemas must name the core User and may name the enterprise User' };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
