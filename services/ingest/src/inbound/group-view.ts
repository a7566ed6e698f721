import { groupResource, project } from '@rolebridge/scim';
import type { JsonObject, Projection, ResourceModel } from '@rolebridge/scim';
import type { HeldMember } from '../decide/group-members.ts';
import type { GroupRow } from '../decide/group-row.ts';
import { versionOf } from '../decide/versions.ts';

/** How groups are shown: under which address, and which part of them. */
export interface GroupViewing {
  readonly baseUrl: string;
  readonly model: ResourceModel;
  readonly projection: Projection;
}

/** A group as callers see it. */
export function groupViewOf(row: GroupRow, members: readonly HeldMember[], { baseUrl, model, projection }: GroupViewing): JsonObject {
  const meta = { resourceType: 'Group', created: row.created, lastModified: row.modified, location: groupLocation(row, baseUrl), version: versionOf(row) } as const;
  const shown = members.map(({ value, type, display }) => ({ value, $ref: `${baseUrl}/${type}s/${value}`, type, display }));
  return project(groupResource(row.group, shown, { id: row.id, meta }, model), projection);
}

export function groupLocation(row: GroupRow, baseUrl: string): string {
  return `${baseUrl}/Groups/${row.id}`;
}
