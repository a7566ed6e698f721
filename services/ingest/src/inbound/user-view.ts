import { project, userResource } from '@rolebridge/scim';
import type { JsonObject, Projection, UserModel } from '@rolebridge/scim';
import { versionOf } from '../decide/user-row.ts';
import type { UserRow } from '../decide/user-row.ts';

/** Where the SCIM interface begins, below the address of this service. */
export const SCIM_ROOT = '/scim/v2';

/** A row as callers see it. */
export function viewOf(row: UserRow, baseUrl: string, model: UserModel, projection: Projection): JsonObject {
  const meta = {
    resourceType: 'User',
    created: row.created,
    lastModified: row.modified,
    location: locationOf(row, baseUrl),
    version: versionOf(row),
  } as const;
  return project(userResource(row.user, row.id, meta, model), projection);
}

export function locationOf(row: UserRow, baseUrl: string): string {
  return `${baseUrl}/Users/${row.id}`;
}

/** The absolute address of the SCIM interface, as this caller reaches it. */
export function baseUrlOf(request: { readonly protocol: string; readonly host: string }, publicUrl: string | undefined): string {
  return `${publicUrl ?? `${request.protocol}://${request.host}`}${SCIM_ROOT}`;
}
