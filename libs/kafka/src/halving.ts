import type { IncomingRecord } from '@rolebridge/contracts';
import type { Batch, BatchHandler, PartitionOffset } from './port.ts';

export interface HalvingOptions {
  /** Takes effect of a batch in one transaction that also stores `batch.offsets`; throws when nothing took effect. */
  readonly take: (batch: Batch) => Promise<void>;
  /**
   * Buries one record that cannot take effect, in a transaction that also stores `batch.offsets` (law L3: malformed → dead
   * letter in the transaction that moves on). `batch` holds just that record.
   */
  readonly bury: (record: IncomingRecord, error: unknown, batch: Batch) => Promise<void>;
  /** Whether the error says nothing about the records: the whole batch is tried again later. */
  readonly isConnectionError: (error: unknown) => boolean;
}

/**
 * One bad record never stops a partition (law L3): a batch that fails for a reason other than the connection is halved, order
 * kept, until the record at fault is alone; that one is buried and all others take effect.
 */
export function halving(options: HalvingOptions): BatchHandler {
  const handle: BatchHandler = async (batch) => {
    try {
      await options.take(batch);
    } catch (error) {
      if (options.isConnectionError(error)) throw error;
      const [record] = batch.records;
      if (record === undefined) throw error;
      if (batch.records.length === 1) return options.bury(record, error, batch);
      const middle = Math.ceil(batch.records.length / 2);
      await handle(partOf(batch, 0, middle));
      await handle(partOf(batch, middle, batch.records.length));
    }
  };
  return handle;
}

/**
 * Some records of a batch as a batch of its own. Its offsets are those behind its own records; where it holds the last record
 * of a partition, the batch's own offset, which may lie further (beyond markers and compacted records).
 */
function partOf(batch: Batch, start: number, end: number): Batch {
  const records = batch.records.slice(start, end);
  const later = new Set(batch.records.slice(end).map(keyOf));
  const offsets = offsetsBehind(records).map((own) => {
    const whole = batch.offsets.find((offset) => keyOf(offset) === keyOf(own));
    return whole && !later.has(keyOf(own)) ? whole : own;
  });
  return { ...batch, records, offsets };
}

/** The next offset to read for each partition among the records. */
function offsetsBehind(records: readonly IncomingRecord[]): readonly PartitionOffset[] {
  const behind = new Map<string, PartitionOffset>();
  for (const record of records) {
    const { topic, partition, offset } = record;
    behind.set(keyOf(record), { topic, partition, offset: offset + 1 });
  }
  return [...behind.values()];
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic} ${partition}`;
}
