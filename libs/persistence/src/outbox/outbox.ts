import type { OutgoingRecord } from '@rolebridge/contracts';
import { wakeAfterCommit } from '../connection/wake.ts';
import type { Sql } from '../port.ts';
import { checkRecord } from './check-record.ts';

/** The broker's default `max.message.bytes` is 1 MiB, overhead included (Apache Kafka, topic configuration). */
const DEFAULT_MAX_BYTES = 1_000_000;

/** Channel on which writers wake the relay of a schema. */
export function outboxChannel(schema: string): string {
  return `${schema}.outbox`;
}

/**
 * Wakes the relay from a transaction of its own, after the commit. Inside the writer's transaction NOTIFY would make every
 * commit of the whole server wait for its turn (PostgreSQL holds one lock for the queue until the commit is on disk): measured,
 * 2 000 instead of 5 000 commits/s. So this one does not wait for the disk either.
 */
export const WAKE_RELAY = `select set_config('synchronous_commit', 'off', true), pg_notify(current_schema() || '.outbox', '')`;
const NOTIFY_RELAY = `select pg_notify(current_schema() || '.outbox', '')`;

const APPEND = `
  insert into outbox (topic, key, value, headers)
  select topic, key, value, headers::json
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as t (topic, key, value, headers, position)
  order by position`;

/**
 * Hands records to the relay of this schema, in the order given: they reach the broker if and only if the transaction commits.
 * Issue a generation under its row lock before calling this, then the order per key is the order of generations (design §3).
 * The relay is woken once, after the commit; should the process die right then, it looks by itself within a second.
 * Throws ClassifiedError `rejected`: `record-too-large` (default limit 1 000 000 bytes of value and headers), `unstorable-text` (law L3).
 */
export async function appendOutbox(sql: Sql, records: readonly OutgoingRecord[], options: { readonly maxBytes?: number } = {}): Promise<void> {
  if (records.length === 0) return;
  const headers = records.map((record) => JSON.stringify(record.headers));
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  for (const [index, record] of records.entries()) checkRecord(record, headers[index] ?? '', maxBytes);
  await sql.query(APPEND, [
    records.map(({ topic }) => topic),
    records.map(({ key }) => key),
    records.map(({ value }) => value),
    headers,
  ]);
  if (!wakeAfterCommit(sql)) await sql.query(NOTIFY_RELAY);
}
