import { deadLetter, failureOf, type IncomingRecord, type OutgoingRecord } from '@rolebridge/contracts';
import type { Batch } from '@rolebridge/kafka';
import { appendOutbox, type Database, saveOffsets } from '@rolebridge/persistence';

export interface Undertaker {
  readonly consumer: string;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  readonly database: Database;
}

/** The dead letter of a record that cannot be taken. */
export function letterOf(record: IncomingRecord, error: unknown, { consumer, topicPrefix, serviceVersion }: Undertaker): OutgoingRecord {
  return deadLetter({
    consumer,
    prefix: topicPrefix,
    original: record,
    failure: failureOf(error),
    attempts: 1,
    firstFailureAt: new Date().toISOString(),
    correlationId: record.headers['ce_correlationid'] ?? '',
    serviceVersion,
  });
}

/** The last resort of halving: this record alone fails, so it is buried in the transaction that moves on (L3). */
export async function bury(record: IncomingRecord, error: unknown, batch: Batch, undertaker: Undertaker): Promise<void> {
  await undertaker.database.transaction(async (sql) => {
    await appendOutbox(sql, [letterOf(record, error, undertaker)]);
    await saveOffsets(sql, batch.consumer, batch.offsets);
  });
}
