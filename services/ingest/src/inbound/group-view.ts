import { groupResource, project } from '@rolebridge/scim';
import type { JsonObject, Projection, ResourceModel } from '@rolebridge/scim';
import type { HeldMember } from '../decide/group-members.ts';
import type { GroupRow } from '../decide/group-row.ts';
import type { DialectRules } from './scim-dialect.ts';
import { versionOf } from '../decide/versions.ts';

/** How groups are shown: under which address, and which part of them. */
export interface GroupViewing {
  readonly baseUrl: string;
  readonly model: ResourceModel;
  readonly projection: Projection;
  readonly memberDisplay: DialectRules['memberDisplay'];
}

/** A group as callers see it. */
export function groupViewOf(row: GroupRow, members: readonly HeldMember[], { baseUrl, model, projection, memberDisplay }: GroupViewing): JsonObject {
  const named = memberDisplay === 'default' || projection.only?.includes('members.display') === true;
  const meta = { resourceType: 'Group', created: row.created, lastModified: row.modified, location: groupLocation(row, baseUrl), version: versionOf(row) } as const;
  const shown = members.map(({ value, type, display }) => ({ value, $ref: `${baseUrl}/${type}s/${value}`, type, ...(named && { display }) }));
  return project(groupResource(row.group, shown, { id: row.id, meta }, model), projection);
}

export function groupLocation(row: GroupRow, baseUrl: string): string {
  return `${baseUrl}/Groups/${row.id}`;
}
