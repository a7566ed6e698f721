import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingRecord } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import type { Stage } from './stage.ts';

/** A reader that has been a member for so long without a new record is at the end: what was aborted leaves gaps, so offsets tell nothing. */
const STILL_MS = 1_500;
/** On a busy machine the first record may take longer. */
const EMPTY_MS = 6_000;
const READ_WITHIN_MS = 60_000;

/** Every record of these topics, in order within each partition, as any reader sees them. */
export async function readTopics({ backbone, topicPrefix }: Pick<Stage, 'backbone' | 'topicPrefix'>, topics: readonly string[]): Promise<readonly IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  let movedAtMs = Date.now();
  const consumer = await connectKafka({ brokers: backbone.brokers, clientId: 'chaos-reader' }).consume({
    groupId: `${topicPrefix}reader-${randomUUID()}`,
    topics,
    isolation: 'uncommitted',
    handler: async (batch) => {
      records.push(...batch.records);
      movedAtMs = Date.now();
    },
  });
  try {
    for (const end = Date.now() + READ_WITHIN_MS; Date.now() - movedAtMs < (records.length === 0 ? EMPTY_MS : STILL_MS); await sleep(100)) {
      if (!consumer.isReady()) movedAtMs = Date.now();
      if (Date.now() > end) throw new Error(`The topics could not be read to their end within ${READ_WITHIN_MS / 1_000} s.`);
    }
    return records;
  } finally {
    await consumer.close();
  }
}
