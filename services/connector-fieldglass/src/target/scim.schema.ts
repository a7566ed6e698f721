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
