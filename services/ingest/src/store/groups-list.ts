import type { Sql } from '@rolebridge/persistence';
import type { ResourceModel } from '@rolebridge/scim';
import { groupColumns } from './groups-columns.ts';
import { findIds } from './scim-list.ts';
import type { Ids, Listed, Slice, Wanted } from './scim-list.ts';

/** Where groups that are not deleted are looked for. @param baseUrl the address of the interface */
export function listedGroups(model: ResourceModel, baseUrl: string): Listed {
  return { table: 'groups', alias: 'gr', living: `gr.presence = 'active'`, columns: (base) => groupColumns(model, base), baseUrl };
}

/** The ids of a page of the groups that are not deleted. */
export function groupIds(sql: Sql, listed: Listed, wanted: Wanted, slice: Slice): Promise<Ids> {
  return findIds(sql, listed, wanted, slice);
}

const COUNT_MEMBERS = `select group_id::text as id, count(*) as members from group_member where group_id = any($1::uuid[]) group by group_id`;

/** How many members each of these groups has, about: people who left may be counted. */
export async function countMembers(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ id: string; members: number }>(COUNT_MEMBERS, [ids]);
  return new Map(rows.map((row) => [row.id, row.members]));
}
