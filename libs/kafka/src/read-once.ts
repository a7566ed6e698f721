import { randomUUID } from 'node:crypto';
import type { IncomingRecord } from '@rolebridge/contracts';
import type { Kafka, PartitionRange, ReadFrom } from './port.ts';

export interface ReadOnceOptions {
  readonly topic: string;
  /** Where to begin, or the parts to read; default from the beginning to the end as it is now. */
  readonly from?: ReadFrom | readonly PartitionRange[];
  /** Records of one partition in order. */
  readonly handler: (records: readonly IncomingRecord[]) => Promise<void>;
}

/** Reads a topic through once, for jobs. Rejects with the first error of the handler. */
export async function readOnce(kafka: Kafka, { topic, from = { kind: 'beginning' }, handler }: ReadOnceOptions): Promise<void> {
  const ranges = 'kind' in from ? await rangesFrom(kafka, topic, from) : from;
  const failed = new AbortController();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // awaited below
  const onFailure = (error: unknown): void => {
    failure.reject(error);
    failed.abort();
  };
  await Promise.race([kafka.reread({ groupId: `${topic}.once-${randomUUID()}`, topic, ranges, handler, onFailure, signal: failed.signal }), failure.promise]);
}

async function rangesFrom(kafka: Kafka, topic: string, from: ReadFrom): Promise<readonly PartitionRange[]> {
  const admin = await kafka.admin();
  try {
    return await admin.ranges(topic, from);
  } finally {
    await admin.close();
  }
}
