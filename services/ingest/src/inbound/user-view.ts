import { project, userResource } from '@rolebridge/scim';
import type { JsonObject, Projection, UserModel } from '@rolebridge/scim';
import { versionOf } from '../decide/user-row.ts';
import type { UserRow } from '../decide/user-row.ts';
import type { Membership } from '../store/groups-members.ts';

/** Where the SCIM interface begins, below the address of this service. */
export const SCIM_ROOT = '/scim/v2';

/** How users are shown: under which address, and which part of them. */
export interface UserViewing {
  readonly baseUrl: string;
  readonly model: UserModel;
  readonly projection: Projection;
}

/** A row as callers see it. @param groups as they are now; what an event source states in the user's own document is not shown */
export function viewOf(row: UserRow, { baseUrl, model, projection }: UserViewing, groups: readonly Membership[] = []): JsonObject {
  const meta = {
    resourceType: 'User',
    created: row.created,
    lastModified: row.modified,
    location: locationOf(row, baseUrl),
    version: versionOf(row),
  } as const;
  const { groups: _stated, ...user } = row.user;
  const shown = groups.map(({ groupId, display, direct }) => ({ value: groupId, $ref: `${baseUrl}/Groups/${groupId}`, display, type: direct ? 'direct' : 'indirect' }));
  return project(userResource({ ...user, ...(shown.length > 0 && { groups: shown }) }, row.id, meta, model), projection);
}

export function locationOf(row: UserRow, baseUrl: string): string {
  return `${baseUrl}/Users/${row.id}`;
}

/** The absolute address of the SCIM interface, as this caller reaches it. */
export function baseUrlOf(request: { readonly protocol: string; readonly host: string }, publicUrl: string | undefined): string {
  return `${publicUrl ?? `${request.protocol}://${request.host}`}${SCIM_ROOT}`;
}
