import { createHash } from 'node:crypto';
import type { UserId } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import { userNameKey } from '../decide/user-row.ts';

/** The id by which a caller of an old path knows somebody: the login as it was at first. */
export interface OldId {
  readonly system: string;
  readonly id: string;
}

const FIND = 'select user_id from old_path_id where system = $1 and id_key = $2';

/** Whom a caller of an old path was told to be this id. */
export async function findByOldId(sql: Sql, { system, id }: OldId): Promise<UserId | undefined> {
  const [row] = await sql.query<{ user_id: UserId }>(FIND, [system, keyOf(id)]);
  return row?.user_id;
}

const KEEP = `
  insert into old_path_id (system, id_key, user_id)
  select distinct on (system, id_key) * from unnest($1::text[], $2::text[], $3::uuid[]) as t (system, id_key, user_id) order by system, id_key
  on conflict (system, id_key) do update set user_id = excluded.user_id`;

/** Keeps whom the ids mean, in the transaction that wrote the users. */
export async function keepOldIds(sql: Sql, ids: readonly (OldId & { readonly userId: UserId })[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(KEEP, [ids.map(({ system }) => system), ids.map(({ id }) => keyOf(id)), ids.map(({ userId }) => userId)]);
}

/** A leaver whom nobody here knows. */
export interface ReportedLeaver extends OldId {
  readonly caller: string;
  readonly correlationId: string;
}

const FORGET = `delete from old_path_leaver where reported_at < now() - interval '30 days'`;

/** Keeps the report for people to look after: the account, if there is one, is from before us. */
export async function reportLeaver(sql: Sql, { system, id, caller, correlationId }: ReportedLeaver): Promise<void> {
  await sql.query(FORGET);
  await sql.query('insert into old_path_leaver (system, old_id, caller, correlation_id) values ($1, $2, $3, $4)', [system, id, caller, correlationId]);
}

/** A report as operators see it. */
export interface UnknownLeaver extends ReportedLeaver {
  readonly reportedAt: Date;
}

/** Leavers that were reported in the last 30 days and are still unknown, newest first. */
export function listUnknownLeavers(sql: Sql, limit = 500): Promise<readonly UnknownLeaver[]> {
  return sql.query<UnknownLeaver>(
    `select l.system, l.old_id as id, l.caller, l.correlation_id as "correlationId", l.reported_at as "reportedAt" from old_path_leaver l
     where l.reported_at >= now() - interval '30 days' order by l.position desc limit $1`,
    [limit],
  );
}

/** Hashed: it is a login. */
function keyOf(id: string): string {
  return createHash('sha256').update(userNameKey(id)).digest('hex');
}
