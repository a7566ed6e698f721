import type { OutgoingRecord } from '@rolebridge/contracts';
import type { Sql } from '../port.ts';
import { checkRecord } from './check-record.ts';

/** The broker's default `max.message.bytes` is 1 MiB with headers and overhead (Apache Kafka, topic configuration). */
const DEFAULT_MAX_VALUE_BYTES = 1_000_000;

/** Channel on which writers wake the relay of a schema. */
export function outboxChannel(schema: string): string {
  return `${schema}.outbox`;
}

const APPEND = `
  with added as (
    insert into outbox (topic, key, value, headers)
    select topic, key, value, headers::json
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as t (topic, key, value, headers, position)
    order by position
    returning 1
  )
  select pg_notify(current_schema() || '.outbox', '') from (select count(*) from added) as done`;

/**
 * Hands records to the relay of this schema, in the order given: they reach the broker if and only if the transaction commits.
 * Issue a generation under its row lock before calling this, then the order per key is the order of generations (design §3).
 * PostgreSQL folds the wake-ups of one transaction into one.
 * Throws ClassifiedError `rejected`: `record-too-large` (default limit 1 000 000 bytes of value), `unstorable-text` (law L3).
 */
export async function appendOutbox(sql: Sql, records: readonly OutgoingRecord[], options: { readonly maxValueBytes?: number } = {}): Promise<void> {
  if (records.length === 0) return;
  const limit = options.maxValueBytes ?? DEFAULT_MAX_VALUE_BYTES;
  for (const record of records) checkRecord(record, limit);
  await sql.query(APPEND, [
    records.map(({ topic }) => topic),
    records.map(({ key }) => key),
    records.map(({ value }) => value),
    records.map(({ headers }) => JSON.stringify(headers)),
  ]);
}
