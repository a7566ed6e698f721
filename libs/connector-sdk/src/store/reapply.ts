import type { DeliveryState, ReapplyOrder, ReapplyStatus } from '@rolebridge/contracts';
import { type Database, recordOrder, type Sql } from '@rolebridge/persistence';

/** Where the newest wish is done; everything else is looked at anyway, or waits for a person. */
const SETTLED: readonly DeliveryState[] = ['applied', 'unchanged', 'accepted'];

/**
 * Due again, behind everything else. A target that cannot be read is sent to again: what was applied counts as attempted, so as
 * not surely there (L18). The redrive count makes another wire id, so that the target does not take it for a duplicate (L23).
 */
const AGAIN = `
update link l set state = 'pending', priority = 9, attempt = 0, redrives = redrives + 1, not_before = greatest(now(), settle_until), updated_at = now(),
  failure = null, first_failure_at = null, waiting_since = null, waiting_on = null,
  attempted = case when attempted = '[]'::jsonb and last_applied is not null then jsonb_build_array(last_applied) else attempted end
where system = $1 and user_id = any($2::uuid[]) and state || '' <> all($3::text[])
returning user_id`;

export type Reapplied = 'reapplied' | 'unknown' | 'applying' | 'held';

/** Looks at one person's account again. */
export function reapplyOne(database: Database, { system, userId = '', reason }: ReapplyOrder, operator: string): Promise<Reapplied> {
  return database.transaction(async (sql) => {
    const [found] = await sql.query<{ state: DeliveryState }>('select state from link where system = $1 and user_id = $2::uuid for update', [system, userId]);
    if (!found) return 'unknown';
    if (found.state === 'applying' || found.state === 'held') return found.state;
    await sql.query(AGAIN, [system, [userId], ['applying', 'held']]);
    await recordOrder(sql, { order: 'reapply', operator, reason, system, affected: 1, subjects: [userId] });
    return 'reapplied';
  });
}

interface ReapplyRow extends Omit<ReapplyStatus, 'startedAt'> {
  readonly startedAt: Date;
}

const COLUMNS = `system, people, done, ended_at is null as running, operator, started_at as "startedAt"`;

const START = `
insert into reapply as r (system, operator, reason, per_minute, people)
select $1, $2, $3, $4, count(*) from link where system = $1 and state = any($5::text[])
on conflict (system) do update set operator = excluded.operator, reason = excluded.reason, per_minute = excluded.per_minute, people = excluded.people,
  done = 0, after = null, next_at = now(), started_at = now(), ended_at = null
where r.ended_at is not null
returning ${COLUMNS}`;

/** Begins to look at everybody's account again; `undefined` while that is under way already. */
export function startReapply(database: Database, { system, perMinute, reason }: ReapplyOrder, operator: string): Promise<ReapplyStatus | undefined> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<ReapplyRow>(START, [system, operator, reason, perMinute, SETTLED]);
    if (row) await recordOrder(sql, { order: 'reapply', operator, reason, system, affected: row.people, filter: { all: true, perMinute } });
    return row && toStatus(row);
  });
}

export function stopReapply(database: Database, { system, reason }: { readonly system: string; readonly reason: string }, operator: string): Promise<ReapplyStatus | undefined> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<ReapplyRow>(`update reapply set ended_at = now() where system = $1 and ended_at is null returning ${COLUMNS}`, [system]);
    if (row) await recordOrder(sql, { order: 'reapply-stop', operator, reason, system, affected: row.done });
    return row && toStatus(row);
  });
}

export async function listReapplies(sql: Sql, systems: readonly string[]): Promise<readonly ReapplyStatus[]> {
  return (await sql.query<ReapplyRow>(`select ${COLUMNS} from reapply where system = any($1::text[]) order by system`, [systems])).map(toStatus);
}

/** Milliseconds until the next part is due; `undefined` when nothing is under way. */
export async function nextReapplyInMs(sql: Sql, systems: readonly string[]): Promise<number | undefined> {
  const [row] = await sql.query<{ ms: number | null }>('select (extract(epoch from min(next_at) - now()) * 1000)::float8 as ms from reapply where system = any($1::text[]) and ended_at is null', [systems]);
  return row?.ms ?? undefined;
}

/** At most so many at once, and as long as no more than that are waiting for their turn. */
const CHUNK = 500;
const TICK_MS = 1000;

interface Due {
  readonly system: string;
  readonly perMinute: number;
  readonly after: string | null;
}

const DUE = `select system, per_minute as "perMinute", after from reapply where system = any($1::text[]) and ended_at is null and next_at <= now() order by system limit 1 for update skip locked`;
const NEXT = `select user_id as "userId" from link where system = $1 and state = any($2::text[]) and ($3::uuid is null or user_id > $3::uuid) order by user_id limit $4`;
const BACKLOG = `select count(*)::int as n from (select 1 from link where system = $1 and state in ('pending', 'applying') and not_before < 'infinity' limit $2) as waiting`;
const PROGRESS = `update reapply set done = done + $2, after = coalesce($3::uuid, after), next_at = now() + $4 * interval '1 millisecond', ended_at = case when $5 then now() end where system = $1`;

/** Makes the next part of one order due. Every instance may ask; the order's row is locked meanwhile. How many became due. */
export function reapplyNext(database: Database, systems: readonly string[]): Promise<number> {
  return database.transaction(async (sql) => {
    const [due] = await sql.query<Due>(DUE, [systems]);
    if (!due) return 0;
    const { system, perMinute, after } = due;
    const [backlog] = await sql.query<{ n: number }>(BACKLOG, [system, CHUNK]);
    const limit = Math.min(CHUNK, Math.max(1, Math.floor((perMinute * TICK_MS) / 60_000)));
    if ((backlog?.n ?? 0) >= CHUNK) {
      await sql.query(PROGRESS, [system, 0, null, TICK_MS, false]);
      return 0;
    }
    const people = (await sql.query<{ userId: string }>(NEXT, [system, SETTLED, after, limit])).map(({ userId }) => userId);
    const again = await sql.query(AGAIN, [system, people, ['applying', 'held', 'pending', 'waiting', 'rejected', 'exhausted']]);
    await sql.query(PROGRESS, [system, again.length, people.at(-1) ?? null, (people.length * 60_000) / perMinute, people.length < limit]);
    return again.length;
  });
}

function toStatus({ startedAt, ...rest }: ReapplyRow): ReapplyStatus {
  return { ...rest, startedAt: startedAt.toISOString() };
}
