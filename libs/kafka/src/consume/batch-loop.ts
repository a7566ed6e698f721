import type { Log } from '../log.ts';
import type { Batch, BatchHandler, PartitionOffset } from '../port.ts';
import { backoffMs, pause } from '../wait.ts';
import { batchOf } from './incoming.ts';
import type { RecordBuffer } from './record-buffer.ts';

export interface LoopOptions {
  readonly groupId: string;
  readonly buffer: RecordBuffer;
  readonly handler: BatchHandler;
  readonly maxBatchRecords: number;
  /** Notes offsets whose batch took effect; they reach the group soon. */
  readonly commit: (offsets: readonly PartitionOffset[], epoch: number) => void;
  readonly log: Log;
  readonly stop: AbortSignal;
}

/**
 * Takes records from the buffer, has them take effect, commits their offsets; one batch at a time. What fails is tried again, the
 * same records, until it succeeds or the partitions are no longer ours.
 */
export async function runLoop(options: LoopOptions): Promise<void> {
  while (!options.stop.aborted) {
    const { epoch, records } = await options.buffer.take(options.maxBatchRecords, options.stop);
    if (records.length === 0) continue;
    const batch = batchOf(options.groupId, records);
    if (await takeEffect(batch, epoch, options)) options.commit(batch.offsets, epoch);
  }
}

/** `false`: it took no effect and will be read again, by us or by whoever has the partitions then. */
async function takeEffect(batch: Batch, epoch: number, { handler, log, stop, groupId, buffer }: LoopOptions): Promise<boolean> {
  for (let failures = 0; ; failures += 1) {
    try {
      await handler(batch);
      return true;
    } catch (error) {
      const waitMs = backoffMs(failures);
      log.warn({ err: error, groupId, records: batch.records.length, failures: failures + 1, retryInMs: Math.round(waitMs) }, 'a batch took no effect; it is tried again');
      await pause(waitMs, stop);
    }
    if (stop.aborted || buffer.epoch !== epoch) return false;
  }
}
