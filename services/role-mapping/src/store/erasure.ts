import type { DesiredAccount, Generation, OpenErasures, OutgoingRecord, SystemName, UserId } from '@rolebridge/contracts';
import { appendOutbox, PUBLISHED_UNTIL } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { erasedTombstone } from '../decide/records.ts';

/**
 * What the brake keeps of erased people, and what stands for systems that have no rules any more: presence and number stay, so that the
 * account can still be taken away; nothing else does.
 */
const SCRUB = `
  update assignment a set desired = (a.desired::jsonb || jsonb_build_object('attributes', jsonb_build_object('userName', a.user_id), 'entitlements', (
    select coalesce(jsonb_object_agg(type, (list || '{"items": []}'::jsonb) - 'removed'::text), '{}') from jsonb_each(a.desired::jsonb->'entitlements') as e (type, list))))::json
  where a.user_id = any($1::uuid[]) and a.erased_at is null and a.desired->>'erased' is distinct from 'true'`;

const BESIDE = [SCRUB, 'delete from dead_letter where user_id = any($1::uuid[])', 'delete from outbox_aside where key = any($1::uuid[]::text[])'];

/** Removes what is personal about erased people who have just been judged and whose rows are locked. */
export async function scrubErased(sql: Sql, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length === 0) return;
  for (const statement of BESIDE) await sql.query(statement, [userIds]);
}

/** What {@link scrubErased} left of an account that has not been ended: not a wish any more, so it is never published again. */
export function isScrubbed({ erased, attributes, userId }: Pick<DesiredAccount, 'erased' | 'attributes' | 'userId'>): boolean {
  return erased !== true && attributes.userName === userId;
}

export interface TombstoneOptions {
  readonly database: Database;
  readonly topicPrefix: string;
  /** From the last wish to its tombstone, milliseconds; longer than a segment of the topic stays open. */
  readonly tombstoneAfterMs: number;
}

const CHUNK = 500;

/** The time counts from when the last wish stood on the topic for sure: only then the segment in which it stands is known to be old enough. */
const ARM = `
  update assignment set tombstone_due_at = now() + $1 * interval '1 millisecond' where (user_id, system) in (
    select user_id, system from assignment where erased_at < ${PUBLISHED_UNTIL} and tombstone_due_at is null limit $2 for update skip locked)`;

const DUE = `
  update assignment set erased_at = null, tombstone_due_at = null where (user_id, system) in (
    select user_id, system from assignment where tombstone_due_at <= now() order by tombstone_due_at limit $1 for update skip locked)
  returning user_id as "userId", system, generation, desired->'cause'->>'correlationId' as "correlationId"`;

interface DueRow {
  readonly userId: UserId;
  readonly system: SystemName;
  readonly generation: Generation;
  readonly correlationId: string;
}

/** Writes the tombstones whose time has come; how many. */
export function writeTombstones({ database, topicPrefix, tombstoneAfterMs }: TombstoneOptions): Promise<number> {
  return database.transaction(async (sql) => {
    await sql.query(ARM, [tombstoneAfterMs, CHUNK]);
    const due = await sql.query<DueRow>(DUE, [CHUNK]);
    const at = new Date().toISOString();
    await appendOutbox(sql, due.map((row): OutgoingRecord => erasedTombstone(row, { at, topicPrefix })));
    return due.length;
  });
}

const NEXT = `
  select (extract(epoch from least((select min(tombstone_due_at) from assignment where tombstone_due_at is not null),
    (select now() from assignment where erased_at < ${PUBLISHED_UNTIL} and tombstone_due_at is null limit 1)) - now()) * 1000)::float8 as ms`;

/** Milliseconds until the next tombstone is due; `undefined`: none. */
export async function nextTombstoneInMs({ database }: Pick<TombstoneOptions, 'database'>): Promise<number | undefined> {
  const [row] = await database.query<{ ms: number | null }>(NEXT);
  return row?.ms ?? undefined;
}

const OPEN = `
  select h.user_id as "userId", h.since, count(*) over () as total
  from held_judgement h join user_state s using (user_id) where s.identity->>'presence' = 'erased' order by h.since limit $1`;

/** Erased people whose accounts the brake still keeps: until it lets them go, the connectors need what they know. */
export async function openErasures(sql: Sql, limit: number): Promise<OpenErasures> {
  const rows = await sql.query<{ userId: UserId; since: Date; total: number }>(OPEN, [limit]);
  return { total: rows[0]?.total ?? 0, erasures: rows.map(({ userId, since }) => ({ place: 'role-mapping', userId, since: since.toISOString(), state: 'held' })) };
}

