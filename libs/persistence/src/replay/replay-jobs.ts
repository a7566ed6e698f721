import type { ReplayOrder, ReplayStatus } from '@rolebridge/contracts';
import { isUniqueViolation } from '../connection/sql-error.ts';
import { recordOrder } from '../operators/operator-audit.ts';
import type { Database, Sql } from '../port.ts';

/** A part of a topic: records `from` ≤ offset < `until`; structurally the `PartitionRange` of libs/kafka. */
export interface ReplayRange {
  readonly partition: number;
  readonly from: number;
  readonly until: number;
}

interface StoredRange extends ReplayRange {
  /** Where it goes on. */
  readonly next: number;
}

export interface ReplayToStart {
  readonly order: ReplayOrder;
  readonly topic: string;
  readonly ranges: readonly ReplayRange[];
  /** From the credential (L29). */
  readonly operator: string;
}

interface ReplayRow {
  readonly id: number;
  readonly consumer: string;
  readonly topic: string;
  readonly ranges: readonly StoredRange[];
  readonly records: number;
  readonly changed: number;
  readonly unreadable: number;
  readonly state: ReplayStatus['state'];
  readonly problem: string | null;
  readonly operator: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

const COLUMNS = `id, consumer, topic, ranges, records, changed, unreadable, state, problem, operator, started_at as "startedAt", ended_at as "endedAt"`;
const START = `insert into replay (consumer, topic, ranges, operator, reason, state, ended_at)
  values ($1, $2, $3::jsonb, $4, $5, $6, case when $6 = 'done' then now() end) returning ${COLUMNS}`;

/** Stores the order to read again; it is begun by whoever looks next. `undefined` while another one of this consumer runs. */
export async function startReplay(database: Database, { order, topic, ranges, operator }: ReplayToStart): Promise<ReplayStatus | undefined> {
  const stored = ranges.map((range): StoredRange => ({ ...range, next: range.from }));
  const filter = { from: order.from, ...(order.offset !== undefined && { offset: order.offset }), ...(order.time !== undefined && { time: order.time }), ...(order.partition !== undefined && { partition: order.partition }) };
  try {
    return await database.transaction(async (sql) => {
      await recordOrder(sql, { order: 'replay', operator, reason: order.reason, system: order.consumer, affected: 0, filter });
      const rows = await sql.query<ReplayRow>(START, [order.consumer, topic, JSON.stringify(stored), operator, order.reason, ranges.length > 0 ? 'running' : 'done']);
      return rows.map(toStatus)[0];
    });
  } catch (error) {
    if (isUniqueViolation(error, 'replay_running')) return undefined;
    throw error;
  }
}

/** Newest first. */
export async function listReplays(sql: Sql, limit = 50): Promise<readonly ReplayStatus[]> {
  return (await sql.query<ReplayRow>(`select ${COLUMNS} from replay order by id desc limit $1`, [limit])).map(toStatus);
}

/** Ends one that runs; `unknown`, or `ended` when it had ended already. */
export function stopReplay(database: Database, stop: { readonly id: number; readonly operator: string; readonly reason: string }): Promise<ReplayStatus | 'unknown' | 'ended'> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<ReplayRow>(`update replay set state = 'stopped', ended_at = now() where id = $1 and state = 'running' returning ${COLUMNS}`, [stop.id]);
    if (row === undefined) return (await sql.query('select 1 from replay where id = $1', [stop.id])).length > 0 ? 'ended' : 'unknown';
    await recordOrder(sql, { order: 'replay-stop', operator: stop.operator, reason: stop.reason, system: row.consumer, affected: 1 });
    return toStatus(row);
  });
}

/** One that this process works on. */
export interface ReplayJob {
  readonly id: number;
  readonly token: string;
  readonly consumer: string;
  readonly topic: string;
  /** What is left. */
  readonly ranges: readonly ReplayRange[];
}

const CLAIM = `
  update replay set lease_until = now() + $3 * interval '1 millisecond', lease_token = $2::uuid
  where id = (select id from replay where state = 'running' and consumer = any($1::text[]) and lease_until <= now() order by id limit 1 for update skip locked)
  returning ${COLUMNS}`;

/** Takes one that nobody works on: new, or left by a process that died. */
export async function claimReplay(sql: Sql, consumers: readonly string[], { token, leaseMs }: { readonly token: string; readonly leaseMs: number }): Promise<ReplayJob | undefined> {
  const [row] = await sql.query<ReplayRow>(CLAIM, [consumers, token, leaseMs]);
  return row && { id: row.id, token, consumer: row.consumer, topic: row.topic, ranges: row.ranges.map(({ partition, next, until }) => ({ partition, from: next, until })) };
}

export interface ReplayProgress {
  readonly records: number;
  readonly changed: number;
  readonly unreadable: number;
  /** The next offsets to read. */
  readonly next: readonly { readonly partition: number; readonly offset: number }[];
}

const PROGRESS = `
  update replay r set records = records + $3, changed = changed + $4, unreadable = unreadable + $5, lease_until = now() + $7 * interval '1 millisecond',
    ranges = (select jsonb_agg(case when n.offset is null then e else jsonb_set(e, '{next}', to_jsonb(n.offset)) end)
      from jsonb_array_elements(r.ranges) e left join jsonb_to_recordset($6::jsonb) as n(partition int, "offset" bigint) on n.partition = (e->>'partition')::int)
  where id = $1 and lease_token = $2::uuid and state = 'running' returning id`;

/** Notes how far it is, in the transaction of the effect. `false`: it was stopped, or somebody else works on it. */
export async function noteProgress(sql: Sql, { id, token }: ReplayJob, progress: ReplayProgress, leaseMs: number): Promise<boolean> {
  const { records, changed, unreadable, next } = progress;
  return (await sql.query(PROGRESS, [id, token, records, changed, unreadable, JSON.stringify(next), leaseMs])).length > 0;
}

/** `problem`: why it cannot go on. */
export async function endReplay(sql: Sql, { id, token }: ReplayJob, problem?: string): Promise<void> {
  await sql.query(`update replay set state = $3, problem = $4, ended_at = now() where id = $1 and lease_token = $2::uuid and state = 'running'`, [id, token, problem === undefined ? 'done' : 'failed', problem ?? null]);
}

function toStatus({ ranges, problem, startedAt, endedAt, ...row }: ReplayRow): ReplayStatus {
  const sum = (of: (range: StoredRange) => number) => ranges.reduce((so, range) => so + of(range), 0);
  const done = row.state === 'done';
  const offsets = sum(({ from, until }) => until - from);
  return {
    ...row,
    offsets,
    passed: done ? offsets : sum(({ from, next }) => next - from),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    ...(problem === null ? {} : { problem }),
  };
}
