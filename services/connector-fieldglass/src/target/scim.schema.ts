import type { FieldglassObservation } from '../decide/state.ts';
import { isObject } from '../decide/mapping.ts';

export type FoundAccount = Extract<FieldglassObservation, { readonly found: true }>;

/**
 * A user as Fieldglass shows it: extensions nested under `resourceExtensions` (SAP-docs/btp-cloud-identity-services,
 * `sap-fieldglass-58a6921.md`) or at the top level. Undefined: not a user.
 */
export function accountOf(value: unknown): FoundAccount | undefined {
  if (!isObject(value)) return undefined;
  const { id, userName, active, resourceExtensions, ...rest } = value;
  if (typeof id !== 'string' || id === '' || typeof userName !== 'string') return undefined;
  const resource = { ...rest, ...(isObject(resourceExtensions) ? resourceExtensions : {}) };
  return { found: true, id, userName, resource, ...(typeof active === 'boolean' ? { active } : {}) };
}

/** The users of a ListResponse (RFC 7644 §3.4.2). Undefined: not a list of users. */
export function accountsOf(value: unknown): readonly FoundAccount[] | undefined {
  if (!isObject(value)) return undefined;
  const resources = value['Resources'] ?? (value['totalResults'] === 0 ? [] : undefined);
  if (!Array.isArray(resources)) return undefined;
  const accounts = resources.map(accountOf);
  const users = accounts.filter((account) => account !== undefined);
  return users.length === accounts.length ? users : undefined;
}

/** `scimType` and `detail` of an Error message (RFC 7644 §3.12), as one text. */
export function errorText(value: unknown): string {
  if (!isObject(value)) return '';
  return [value['scimType'], value['detail']].filter((part) => typeof part === 'string').join(': ');
}

/** A group as Fieldglass shows it. `members` missing: not shown here. */
export interface FoundGroup {
  readonly id: string;
  readonly name: string;
  readonly members?: readonly string[];
  /** Entity tag, where the product offers one. */
  readonly version?: string;
}

export function groupOf(value: unknown): FoundGroup | undefined {
  if (!isObject(value)) return undefined;
  const { id, displayName, members, meta } = value;
  if (!isText(id) || !isText(displayName)) return undefined;
  const version = isObject(meta) && isText(meta['version']) ? { version: meta['version'] } : {};
  return { id, name: displayName, ...(Array.isArray(members) ? { members: members.flatMap(memberOf) } : {}), ...version };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function memberOf(value: unknown): readonly string[] {
  return isObject(value) && typeof value['value'] === 'string' ? [value['value']] : [];
}

/** The groups of a ListResponse. Undefined: not a list of groups. */
export function groupsOf(value: unknown): readonly FoundGroup[] | undefined {
  if (!isObject(value)) return undefined;
  const resources = value['Resources'] ?? (value['totalResults'] === 0 ? [] : undefined);
  if (!Array.isArray(resources)) return undefined;
  const groups = resources.map(groupOf).filter((group) => group !== undefined);
  return groups.length === resources.length ? groups : undefined;
}

/** Where the next page of a list begins; undefined after the last one. */
export function nextStart(page: unknown, startIndex: number, arrived: number): number | undefined {
  const [items, total] = isObject(page) ? [page['itemsPerPage'], page['totalResults']] : [];
  const next = startIndex + Math.max(typeof items === 'number' ? items : 0, arrived);
  return next > startIndex && typeof total === 'number' && next <= total ? next : undefined;
}
