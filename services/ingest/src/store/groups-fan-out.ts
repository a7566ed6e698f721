import type { Cause } from '@rolebridge/contracts';
import { appendOutbox, readEpoch } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import type { StatementSettings } from '@rolebridge/scim';
import { identityRecord } from '../decide/identity-record.ts';
import { raised } from '../decide/raise.ts';
import type { UserRow } from '../decide/user-row.ts';
import { userGroupsOf } from './groups-members.ts';
import { lockUsers, saveUsers } from './users.store.ts';

/** Users of one transaction: their rows are locked for some 50 ms. */
export const FAN_OUT_CHUNK = 250;
/** Up to so many users a change of a group goes before the large ones. */
const FEW = 100;

/** Whom a change of a group concerns: users themselves, and everybody below these groups. */
export interface Concerned {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const BELOW = `
  with recursive below (group_id) as (
    select unnest($2::uuid[])
    union
    select m.member_id from below b join group_member m on m.group_id = b.group_id and m.kind = 'Group'
  )
  select unnest($1::uuid[]) as user_id
  union
  select m.member_id from below b join group_member m on m.group_id = b.group_id and m.kind = 'User'`;

/** Everybody below these groups, and these users, each once. */
export async function concernedUsers(sql: Sql, { users, groups }: Concerned): Promise<readonly string[]> {
  if (groups.length === 0) return users;
  const rows = await sql.query<{ user_id: string }>(BELOW, [users, groups]);
  return rows.map((row) => row.user_id);
}

/** Notes the users whose state a change of a group concerns, in its transaction. */
export async function appendFanOut(sql: Sql, groupId: string, users: readonly string[], cause: Cause): Promise<void> {
  if (users.length === 0) return;
  const [job] = await sql.query<{ id: number }>('insert into fan_out_job (group_id, cause, users) values ($1, $2, $3) returning id', [groupId, JSON.stringify(cause), users.length]);
  await sql.query('insert into fan_out (priority, user_id, job_id) select $1, user_id, $3 from unnest($2::uuid[]) as t (user_id) order by user_id', [users.length > FEW ? 1 : 0, users, job?.id]);
}

export interface FanOutParts {
  readonly database: Database;
  readonly settings: { readonly statements: StatementSettings; readonly userTopic: string };
  readonly now: () => Date;
  /** Told about users whose event would be too large; their state stays as it was. */
  readonly unsendable: (userId: string) => void;
}

const TAKE = `
  delete from fan_out where (priority, user_id, job_id) in (
    select priority, user_id, job_id from fan_out order by priority, user_id, job_id limit $1 for update skip locked)
  returning user_id as "userId", job_id as "jobId"`;

/**
 * Raises the next users: each gets its groups as they are now, with the next generation and a record, or stays as it is when nothing is
 * different. What is noted ends in the same transaction, so a death in the middle loses nothing.
 *
 * @returns how many notes were worked
 */
export function raiseNext(parts: FanOutParts): Promise<number> {
  return parts.database.transaction(async (sql) => {
    const notes = await sql.query<{ userId: string; jobId: number }>(TAKE, [FAN_OUT_CHUNK]);
    if (notes.length === 0) {
      await sql.query('delete from fan_out_job j where not exists (select from fan_out f where f.job_id = j.id)');
      return 0;
    }
    const causes = await causesOf(sql, notes);
    // the groups are read after the rows are locked: whoever changes a group later notes the user again
    const rows = await lockUsers(sql, [...causes.keys()]);
    const groups = await userGroupsOf(sql, rows.map(({ id }) => id));
    const circumstances = { epoch: await readEpoch(sql), now: parts.now().toISOString() };
    const next = rows.flatMap((row) => {
      const cause = causes.get(row.id);
      return (cause && raised(row, groups.get(row.id) ?? [], { ...circumstances, cause })) ?? [];
    });
    await publish(sql, parts, next);
    return notes.length;
  });
}

/** The newest cause per user. */
async function causesOf(sql: Sql, notes: readonly { readonly userId: string; readonly jobId: number }[]): Promise<ReadonlyMap<string, Cause>> {
  const jobs = await sql.query<{ id: number; cause: Cause }>('select id, cause from fan_out_job where id = any($1::bigint[]) order by id', [[...new Set(notes.map(({ jobId }) => jobId))]]);
  return new Map(jobs.flatMap(({ id, cause }) => notes.filter(({ jobId }) => jobId === id).map(({ userId }): [string, Cause] => [userId, cause])));
}

async function publish(sql: Sql, { settings, unsendable }: FanOutParts, rows: readonly UserRow[]): Promise<void> {
  const sendable = rows.flatMap((row) => {
    try {
      return [{ row, record: identityRecord(row, settings.statements, settings.userTopic) }];
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      unsendable(row.id);
      return [];
    }
  });
  await saveUsers(sql, sendable.map(({ row }) => row));
  await appendOutbox(sql, sendable.map(({ record }) => record));
}

/** How many notes wait. */
export async function countFanOut(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ waiting: number }>('select count(*) as waiting from fan_out');
  return row?.waiting ?? 0;
}
