import type { OutgoingRecord } from '@rolebridge/contracts';
import type { Sql } from '../port.ts';

/** A row of the outbox. */
export interface OutboxRow extends OutgoingRecord {
  readonly sequence: number;
  /** An earlier record of the same topic and key was set aside, so this one must wait behind it. */
  readonly blocked: boolean;
  /** How long ago it was written, milliseconds. */
  readonly ageMs: number;
}

/** A row the broker refuses, and why (a failure code). */
export interface Unsendable {
  readonly row: OutboxRow;
  readonly code: string;
}

/**
 * The oldest rows, by count and by size (the first one always): many large records must neither fill the memory nor make one
 * request that the broker refuses. Whether a key is blocked is read in the same snapshot.
 */
const SELECT = `
  select sequence, topic, key, value, headers,
    exists (select from outbox_aside as a where a.topic = o.topic and a.key = o.key) as blocked,
    extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as "ageMs"
  from (
    select *, sum(coalesce(octet_length(value), 0)) over (order by sequence rows unbounded preceding) - coalesce(octet_length(value), 0) as bytes_before
    from (select * from outbox order by sequence limit $1) as oldest
  ) as o
  where bytes_before < $2
  order by sequence`;

export function selectOldest(sql: Sql, limits: { readonly records: number; readonly bytes: number }): Promise<readonly OutboxRow[]> {
  return sql.query<OutboxRow>(SELECT, [limits.records, limits.bytes]);
}

/** Exactly the rows that were written: a row with a lower sequence may be committed later than a higher one. */
export async function deleteSent(sql: Sql, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length > 0) await sql.query('delete from outbox where sequence = any($1::bigint[])', [rows.map(({ sequence }) => sequence)]);
}

const MOVE_REFUSED = `
  with moved as (delete from outbox where sequence = any($1::bigint[]) returning *)
  insert into outbox_aside (sequence, topic, key, value, headers, created_at, reason)
  select m.sequence, m.topic, m.key, m.value, m.headers, m.created_at, r.reason
  from moved as m join unnest($1::bigint[], $2::text[]) as r (sequence, reason) using (sequence)`;

const MOVE_FOLLOWERS = `
  with moved as (
    delete from outbox as o where exists (select from outbox_aside as a where a.topic = o.topic and a.key = o.key) returning *
  )
  insert into outbox_aside (sequence, topic, key, value, headers, created_at) select sequence, topic, key, value, headers, created_at from moved`;

/**
 * Sets refused rows aside, and with them every later row of their keys. Under a lock that {@link releaseAside} takes too, so that no
 * follower is moved behind a row that is just being released.
 */
export async function moveAside(sql: Sql, refused: readonly Unsendable[]): Promise<void> {
  await sql.query('begin');
  try {
    await sql.query('lock table outbox_aside in share row exclusive mode');
    await sql.query(MOVE_REFUSED, [refused.map(({ row }) => row.sequence), refused.map(({ code }) => code)]);
    await sql.query(MOVE_FOLLOWERS);
    await sql.query('commit');
  } catch (error) {
    await sql.query('rollback');
    throw error;
  }
}
