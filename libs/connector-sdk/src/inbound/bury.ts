import { failureOf, type IncomingRecord } from '@rolebridge/contracts';
import type { Batch } from '@rolebridge/kafka';
import { buryLetters, type Database, type Letter, saveOffsets } from '@rolebridge/persistence';

export interface Undertaker {
  readonly system: string;
  readonly consumer: string;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  readonly database: Database;
}

/** The dead letter of a record that cannot be taken. */
export function letterOf(record: IncomingRecord, error: unknown, { system, consumer, topicPrefix, serviceVersion }: Undertaker): Letter {
  return {
    consumer,
    system,
    userId: record.key,
    prefix: topicPrefix,
    original: record,
    failure: failureOf(error),
    attempts: 1,
    firstFailureAt: new Date().toISOString(),
    correlationId: record.headers['ce_correlationid'] ?? '',
    serviceVersion,
  };
}

/** The last resort of halving: this record alone fails, so it is buried in the transaction that moves on (L3). */
export async function bury(record: IncomingRecord, error: unknown, batch: Batch, undertaker: Undertaker): Promise<void> {
  await undertaker.database.transaction(async (sql) => {
    await buryLetters(sql, [letterOf(record, error, undertaker)]);
    await saveOffsets(sql, batch.consumer, batch.offsets);
  });
}
