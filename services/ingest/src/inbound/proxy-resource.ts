import { project, URN } from '@rolebridge/scim';
import type { JsonObject, Projection } from '@rolebridge/scim';
import type { Member, ShownRow } from '../store/proxy-accounts.store.ts';
import type { EntitlementRow } from '../store/proxy-entitlements.store.ts';

const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** How resources of one system are shown to this caller. */
export interface Showing {
  readonly baseUrl: string;
  readonly projection: Projection;
}

/** An account as a SCIM user. `catalogue`: the entitlements that the system has. */
export function userOf({ id, view, created, modified }: ShownRow, catalogue: readonly EntitlementRow[], { baseUrl, projection }: Showing): JsonObject {
  const { active: _, groups: __, ...attributes } = view.attributes;
  const extensions = Object.keys(attributes).filter((name) => name.startsWith('urn:'));
  const groups = view.entitlements.flatMap(({ type, value }) => {
    const entry = catalogue.find((one) => one.type === type && one.value === value);
    return entry ? [{ value: entry.id, display: displayOf(entry), type: 'direct', $ref: `${baseUrl}/Groups/${entry.id}` }] : [];
  });
  const resource = {
    schemas: [URN.user, ...extensions],
    id,
    ...attributes,
    active: view.presence === 'active',
    ...(groups.length > 0 && { groups }),
    meta: { resourceType: 'User', ...timesOf(created, modified), location: `${baseUrl}/Users/${id}` },
  };
  return project(resource, projection);
}

/** An entitlement as a SCIM group. */
export function groupOf(entry: EntitlementRow, members: readonly Member[], { baseUrl, projection }: Showing): JsonObject {
  const resource = {
    schemas: [GROUP],
    id: entry.id,
    displayName: displayOf(entry),
    members: members.map(({ id, userName }) => ({ value: id, ...(userName !== null && { display: userName }), type: 'User', $ref: `${baseUrl}/Users/${id}` })),
    meta: { resourceType: 'Group', ...timesOf(entry.created, entry.modified), location: `${baseUrl}/Groups/${entry.id}` },
  };
  return project(resource, projection);
}

/** Whether the caller wants to see members at all: a page of large groups is costly. */
export function wantsMembers({ only, without }: Projection): boolean {
  return only === undefined ? without?.includes('members') !== true : only.includes('members');
}

function displayOf({ display, value }: EntitlementRow): string {
  return display ?? value;
}

function timesOf(created: Date, modified: Date): { readonly created: string; readonly lastModified: string } {
  return { created: created.toISOString(), lastModified: modified.toISOString() };
}
