import type { Sql } from '@rolebridge/persistence';
import type { NewlyParked, StoredLine } from '../decide/source-book.ts';
import type { Moment, ParkReason, SourceLine } from '../decide/source-line.ts';

interface LineRow {
  readonly source_key: string;
  readonly source: string;
  readonly user_id: string | null;
  readonly last_sequence: number | null;
  readonly left_at: Date | null;
  readonly left_offset: number | null;
}

interface StoredParked {
  readonly position: number;
  readonly source_key: string;
  readonly sequence: number | null;
  readonly topic: string;
  readonly partition: number;
  readonly record_offset: number;
  readonly record_timestamp: number;
  readonly record_key: string | null;
  readonly record_value: Buffer | null;
  readonly record_headers: Readonly<Record<string, string>>;
}

const LOCK_LINES = 'select source_key, source, user_id, last_sequence, left_at, left_offset from source_identity where source_key = any($1::text[]) order by source_key for update';
const READ_PARKED = 'select * from parked_change where source_key = any($1::text[]) order by position';

/** Locks, in key order, and reads the lines of these keys. Lines come before users in every transaction. */
export async function lockLines(sql: Sql, keys: readonly string[]): Promise<readonly StoredLine[]> {
  if (keys.length === 0) return [];
  const rows = await sql.query<LineRow>(LOCK_LINES, [keys]);
  const parked = await sql.query<StoredParked>(READ_PARKED, [keys]);
  return rows.map((row) => toLine(row, parked));
}

const ADD_LINES = `
  insert into source_identity (source_key, source, user_id, last_sequence, left_at, left_offset)
  select * from unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::bigint[]) as t (source_key, source, user_id, last_sequence, left_at, left_offset) order by source_key`;

const CHANGE_LINES = `
  update source_identity as held set user_id = t.user_id, last_sequence = t.last_sequence, left_at = t.left_at, left_offset = t.left_offset
  from unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::bigint[]) as t (source_key, source, user_id, last_sequence, left_at, left_offset)
  where held.source_key = t.source_key`;

/** Writes lines: new ones, where a race with another instance fails as a unique violation, or ones locked by this transaction. */
export async function saveLines(sql: Sql, kind: 'new' | 'locked', lines: readonly SourceLine[]): Promise<void> {
  if (lines.length === 0) return;
  await sql.query(kind === 'new' ? ADD_LINES : CHANGE_LINES, [
    lines.map(({ key }) => key),
    lines.map(({ source }) => source),
    lines.map(({ userId }) => userId ?? null),
    lines.map(({ lastSequence }) => lastSequence ?? null),
    lines.map(({ left }) => (left === undefined ? null : new Date(left.atMs))),
    lines.map(({ left }) => left?.offset ?? null),
  ]);
}

export async function removeParked(sql: Sql, positions: readonly number[]): Promise<void> {
  if (positions.length > 0) await sql.query('delete from parked_change where position = any($1::bigint[])', [positions]);
}

const PARK = `
  insert into parked_change (source_key, sequence, reason, topic, partition, record_offset, record_timestamp, record_key, record_value, record_headers)
  select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[], $8::text[], $9::bytea[], $10::jsonb[])`;

/** Appends deltas to their lines, in the order given. */
export async function parkChanges(sql: Sql, changes: readonly NewlyParked[]): Promise<void> {
  if (changes.length === 0) return;
  await sql.query(PARK, [
    changes.map(({ key }) => key),
    changes.map(({ sequence }) => sequence ?? null),
    changes.map(({ reason }) => reason),
    changes.map(({ record }) => record.topic),
    changes.map(({ record }) => record.partition),
    changes.map(({ record }) => record.offset),
    changes.map(({ record }) => record.timestamp),
    changes.map(({ record }) => record.key),
    changes.map(({ record }) => record.value),
    changes.map(({ record }) => JSON.stringify(record.headers)),
  ]);
}

/** A line that waits for somebody, for operators; without personal data. */
export interface WaitingLine {
  readonly sourceKey: string;
  readonly source: string;
  readonly reason: ParkReason;
  readonly changes: number;
  readonly lastSequence: number | null;
  readonly since: Date;
}

const WAITING_LINES = `
  select p.source_key as "sourceKey", s.source, (array_agg(p.reason order by p.position))[1] as reason, count(*) as changes, s.last_sequence as "lastSequence", min(p.parked_at) as since
  from parked_change p join source_identity s using (source_key)
  group by p.source_key, s.source, s.last_sequence order by min(p.position) limit $1`;

/** Lines with waiting deltas, longest waiting first. */
export function listWaitingLines(sql: Sql, limit = 100): Promise<readonly WaitingLine[]> {
  return sql.query<WaitingLine>(WAITING_LINES, [limit]);
}

export async function countParked(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>('select count(*) as count from parked_change');
  return row?.count ?? 0;
}

function toLine(row: LineRow, parked: readonly StoredParked[]): StoredLine {
  return {
    key: row.source_key,
    source: row.source,
    ...(row.user_id !== null && { userId: row.user_id }),
    ...(row.last_sequence !== null && { lastSequence: row.last_sequence }),
    ...(row.left_at !== null && { left: momentOf(row.left_at, row.left_offset) }),
    parked: parked.filter(({ source_key: key }) => key === row.source_key).map(toParked),
  };
}

/** As stored. */
export function momentOf(at: Date, offset: number | null): Moment {
  return { atMs: at.getTime(), ...(offset !== null && { offset }) };
}

function toParked(row: StoredParked): StoredLine['parked'][number] {
  return {
    position: row.position,
    ...(row.sequence !== null && { sequence: row.sequence }),
    record: {
      topic: row.topic,
      partition: row.partition,
      offset: row.record_offset,
      timestamp: row.record_timestamp,
      key: row.record_key,
      value: row.record_value,
      headers: row.record_headers,
    },
  };
}
