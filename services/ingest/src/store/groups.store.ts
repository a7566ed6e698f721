import type { Cause } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { Group } from '@rolebridge/scim';
import type { GroupRow } from '../decide/group-row.ts';
import { isUuid } from './users.store.ts';

/** A row as the database holds it. */
interface StoredGroup {
  readonly id: string;
  readonly generation: number;
  readonly presence: 'active' | 'absent';
  readonly resource: Group;
  readonly source: string;
  readonly cause: Cause;
  readonly created_at: Date;
  readonly modified_at: Date;
}

const COLUMNS = 'id, generation, presence, resource, source, cause, created_at, modified_at';

/** A group, also a deleted one, locked against other changes. */
export async function lockGroup(sql: Sql, id: string): Promise<GroupRow | undefined> {
  if (!isUuid(id)) return undefined;
  const [row] = await sql.query<StoredGroup>(`select ${COLUMNS} from groups where id = $1 for update`, [id]);
  return row && toRow(row);
}

/** The next groups in key order, also deleted ones, locked against other changes. */
export async function lockNextGroups(sql: Sql, after: string | undefined, limit: number): Promise<readonly GroupRow[]> {
  const rows = await sql.query<StoredGroup>(`select ${COLUMNS} from groups where $1::uuid is null or id > $1 order by id limit $2 for update`, [after ?? null, limit]);
  return rows.map(toRow);
}

/** Groups that are not deleted, in the order of these ids; ids that no group has are left out. */
export async function groupsOf(sql: Sql, ids: readonly string[]): Promise<readonly GroupRow[]> {
  if (ids.length === 0) return [];
  const rows = await sql.query<StoredGroup>(`select ${COLUMNS} from groups where id = any($1::uuid[]) and presence = 'active'`, [ids]);
  const byId = new Map(rows.map((row) => [row.id, toRow(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** A group that is not deleted. */
export async function findGroup(sql: Sql, id: string): Promise<GroupRow | undefined> {
  const [group] = isUuid(id) ? await groupsOf(sql, [id.toLowerCase()]) : [];
  return group;
}

const SAVE = `
  insert into groups (id, generation, presence, resource, external_id, source, cause, created_at, modified_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (id) do update set generation = excluded.generation, presence = excluded.presence, resource = excluded.resource,
    external_id = excluded.external_id, cause = excluded.cause, modified_at = excluded.modified_at`;

/** Writes a group that is new or locked by this transaction. */
export async function saveGroup(sql: Sql, row: GroupRow): Promise<void> {
  const { id, generation, presence, group, source, cause, created, modified } = row;
  await sql.query(SAVE, [id, generation, presence, JSON.stringify(group), group.externalId ?? null, source, JSON.stringify(cause), created, modified]);
}

function toRow(stored: StoredGroup): GroupRow {
  const { id, generation, presence, resource, source, cause } = stored;
  return { id, generation, presence, group: resource, source, cause, created: stored.created_at.toISOString(), modified: stored.modified_at.toISOString() };
}
