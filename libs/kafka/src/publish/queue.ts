import type { OutgoingRecord } from '@rolebridge/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { classify } from '../failure.ts';
import type { Publisher } from '../port.ts';
import { MAX_BYTES, MAX_RECORDS, sizeOf } from './chunks.ts';

/** Sends records as one unit of work: all are acknowledged, or it rejects. Never called while it runs. */
export interface Sender {
  send(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly settle: PromiseWithResolvers<void>;
}

export interface QueueOptions {
  /** How long the first call waits for company when nothing is on its way, milliseconds. */
  readonly lingerMs: number;
}

/** One request outstanding; what is published meanwhile goes together into the next (design §5). */
export function queuedPublisher(sender: Sender, { lingerMs }: QueueOptions): Publisher {
  let waiting: Call[] = [];
  let pumping: Promise<void> | undefined;
  let closed = false;

  const pump = async (): Promise<void> => {
    if (lingerMs > 0 && countOf(waiting) < MAX_RECORDS) await sleep(lingerMs);
    while (waiting.length > 0) {
      const [group, rest] = takeGroup(waiting);
      waiting = rest;
      await sendGroup(sender, group);
    }
    pumping = undefined;
  };

  return {
    publish(records) {
      if (closed) return Promise.reject(new Error('This publisher was closed.'));
      if (records.length === 0) return Promise.resolve();
      const settle = Promise.withResolvers<void>();
      waiting.push({ records, bytes: records.reduce((sum, record) => sum + sizeOf(record), 0), settle });
      pumping ??= pump();
      return settle.promise;
    },
    async close() {
      closed = true;
      await pumping;
      await sender.close();
    },
  };
}

function countOf(calls: readonly Call[]): number {
  return calls.reduce((sum, { records }) => sum + records.length, 0);
}

/** Whole calls, as many as fit into one request; at least one. */
function takeGroup(calls: readonly Call[]): readonly [Call[], Call[]] {
  let count = 0;
  let bytes = 0;
  const end = calls.findIndex((call) => {
    count += call.records.length;
    bytes += call.bytes;
    return count > MAX_RECORDS || bytes > MAX_BYTES;
  });
  const size = end === -1 ? calls.length : Math.max(1, end);
  return [calls.slice(0, size), calls.slice(size)];
}

/** When the broker refuses a request of several calls, each is sent alone, so that one bad record fails only its own call. */
async function sendGroup(sender: Sender, group: readonly Call[]): Promise<void> {
  try {
    await sender.send(group.flatMap(({ records }) => records));
    for (const { settle } of group) settle.resolve();
  } catch (error) {
    const failure = classify(error);
    if (failure.failure.kind !== 'rejected' || group.length === 1) {
      for (const { settle } of group) settle.reject(failure);
      return;
    }
    for (const call of group) await sendGroup(sender, [call]);
  }
}
