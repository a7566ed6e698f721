import type { IncomingRecord } from '@rolebridge/contracts';
import { bell } from '../wait.ts';

/** A record and the offset to go on from once it took effect. */
export interface Buffered {
  readonly record: IncomingRecord;
  readonly next: number;
}

/** Records taken together. */
export interface Taken {
  /** The membership they were read under. */
  readonly epoch: number;
  readonly records: readonly Buffered[];
}

export interface RecordBuffer {
  /** Number of the present membership: rises with every join. */
  readonly epoch: number;
  append(records: readonly Buffered[]): void;
  /** The oldest, at most `max`; waits for the first one. Empty when the signal aborts. */
  take(max: number, signal: AbortSignal): Promise<Taken>;
  /** Begins a new epoch and forgets everything: what took no effect is read again after a rebalance. */
  renew(): void;
  /** Resolves once there is room for another fetch, or the signal aborts. */
  room(signal: AbortSignal): Promise<void>;
}

export interface BufferLimits {
  readonly records: number;
  readonly bytes: number;
}

/** Records that were read and wait for the loop. Full means: no further fetch is taken until the loop has caught up. */
export function recordBuffer(limits: BufferLimits): RecordBuffer {
  const filled = bell();
  const drained = bell();
  let records: Buffered[] = [];
  let bytes = 0;
  let epoch = 0;
  return {
    get epoch() {
      return epoch;
    },
    append(added) {
      records.push(...added);
      for (const { record } of added) bytes += sizeOf(record);
      filled.ring();
    },
    async take(max, signal) {
      while (records.length === 0 && !signal.aborted) await filled.wait(signal);
      if (signal.aborted) return { epoch, records: [] };
      const taken = records.slice(0, max);
      records = records.slice(max);
      for (const { record } of taken) bytes -= sizeOf(record);
      drained.ring();
      return { epoch, records: taken };
    },
    renew() {
      epoch += 1;
      records = [];
      bytes = 0;
      drained.ring();
    },
    async room(signal) {
      while ((records.length >= limits.records || bytes >= limits.bytes) && !signal.aborted) await drained.wait(signal);
    },
  };
}

function sizeOf({ value }: IncomingRecord): number {
  return value?.length ?? 0;
}
