import type { Sql } from '@rolebridge/persistence';
import type { Moment } from '../decide/source-line.ts';
import { momentOf } from './source-lines.store.ts';

/** What is still known of a line whose person was erased: enough to tell older from newer. */
export interface Fence {
  readonly lastSequence?: number;
  readonly left: Moment;
}

interface FenceRow {
  readonly source_key: string;
  readonly last_sequence: number | null;
  readonly left_at: Date;
  readonly left_offset: number | null;
}

const READ = `
  select k.source_key, e.last_sequence, e.left_at, e.left_offset
  from unnest($1::text[]) as k (source_key) join erased_line e on e.mark = erasure_mark(k.source_key)`;

/** The fences of those lines, by source key, that belonged to somebody who was erased. Read after the lines are locked. */
export async function readFences(sql: Sql, keys: readonly string[]): Promise<ReadonlyMap<string, Fence>> {
  if (keys.length === 0) return new Map();
  const rows = await sql.query<FenceRow>(READ, [keys]);
  return new Map(rows.map((row) => [row.source_key, { left: momentOf(row.left_at, row.left_offset), ...(row.last_sequence !== null && { lastSequence: row.last_sequence }) }]));
}

/**
 * Replaces the lines of these people by their marks. The fence of a line lies where its person left, or behind the newest of its deltas that
 * still wait: those are deleted, and must not come back by being read again. A person who left through another door left when that was accepted.
 */
const MARK = `
  with line as (
    select s.source_key, s.source, s.last_sequence, s.left_at, s.left_offset, u.cause, u.modified_at
    from source_identity s join users u on u.id = s.user_id where s.user_id = any($1::uuid[])
  ), waiting as (
    select p.source_key, max(p.sequence) as sequence, to_timestamp(max(p.record_timestamp) / 1000.0) as at, max(p.record_offset) as place
    from parked_change p join line using (source_key) group by p.source_key
  )
  insert into erased_line as held (mark, last_sequence, left_at, left_offset)
  select erasure_mark(l.source_key), greatest(l.last_sequence, case when l.last_sequence is not null then w.sequence end),
    greatest(w.at, l.left_at, case when l.left_at is null or l.cause->>'operation' <> 'delete' or l.cause->>'by' <> l.source then l.modified_at end),
    nullif(greatest(l.left_offset, w.place), -1)
  from line l left join waiting w using (source_key)
  on conflict (mark) do update set last_sequence = greatest(held.last_sequence, excluded.last_sequence),
    left_at = greatest(held.left_at, excluded.left_at), left_offset = greatest(held.left_offset, excluded.left_offset), erased_at = excluded.erased_at`;

const FORGET_PARKED = 'delete from parked_change where source_key in (select source_key from source_identity where user_id = any($1::uuid[]))';

/** Locks the lines of these people; lines come before users in every transaction. */
export async function lockLinesOf(sql: Sql, userIds: readonly string[]): Promise<void> {
  await sql.query('select 1 from source_identity where user_id = any($1::uuid[]) order by source_key for update', [userIds]);
}

/** Leaves only marks of the lines of these people, whose lines and rows are locked and who are not erased yet; the keys that the lines had. */
export async function eraseLines(sql: Sql, userIds: readonly string[]): Promise<readonly string[]> {
  await sql.query(MARK, [userIds]);
  await sql.query(FORGET_PARKED, [userIds]);
  const gone = await sql.query<{ source_key: string }>('delete from source_identity where user_id = any($1::uuid[]) returning source_key', [userIds]);
  return gone.map(({ source_key: key }) => key);
}

const FORGET_STRANGERS = `
  delete from parked_change where position in (
    select p.position from parked_change p join source_identity s using (source_key)
    where s.user_id is null and p.parked_at < now() - $1 * interval '1 millisecond' order by p.parked_at limit $2)
  returning 1`;

/** Forgets deltas that waited too long for a person who never came: nobody could erase them by name. Returns how many there were. */
export async function forgetStrangers(sql: Sql, olderThanMs: number, limit: number): Promise<number> {
  return (await sql.query(FORGET_STRANGERS, [olderThanMs, limit])).length;
}
