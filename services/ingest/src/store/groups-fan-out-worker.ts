import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@rolebridge/observability';
import { raiseNext } from './groups-fan-out.ts';
import type { FanOutParts } from './groups-fan-out.ts';

export interface FanOutWorkerParts extends FanOutParts {
  readonly log: Logger;
  readonly monotonicMs: () => number;
  /** Single changes that wait or are being written; they go first. */
  readonly pending: () => number;
}

export interface FanOutWorker {
  /** To be called after a group change was committed. */
  readonly wake: () => void;
  close(): Promise<void>;
}

/** Other instances note users too. */
const LOOK_EVERY_MS = 1000;
const SHORTEST_PAUSE_MS = 10;
/** Single changes are let pass so long at most; then a chunk has its turn, however busy the door is. */
const LONGEST_YIELD_MS = 250;

/** Raises noted users chunk by chunk; after each it rests as long as it worked, and lets single changes pass. */
export function startFanOut(parts: FanOutWorkerParts): FanOutWorker {
  const closing = new AbortController();
  let woken = Promise.withResolvers<void>();
  const running = work(parts, closing.signal, async () => {
    await Promise.race([woken.promise, rest(LOOK_EVERY_MS, closing.signal)]);
    woken = Promise.withResolvers();
  });
  return {
    wake: () => woken.resolve(),
    close: async () => {
      closing.abort();
      woken.resolve();
      await running;
    },
  };
}

async function work(parts: FanOutWorkerParts, closing: AbortSignal, idle: () => Promise<void>): Promise<void> {
  while (!closing.aborted) {
    const startedMs = parts.monotonicMs();
    const worked = await raise(parts);
    if (worked === 0) await idle();
    else await yieldTo(parts, Math.max(SHORTEST_PAUSE_MS, parts.monotonicMs() - startedMs), closing);
  }
}

async function raise(parts: FanOutWorkerParts): Promise<number> {
  try {
    return await raiseNext(parts);
  } catch (error) {
    parts.log.warn({ err: error }, 'users could not be raised after a change of a group; they are tried again');
    return 0;
  }
}

async function yieldTo({ monotonicMs, pending }: FanOutWorkerParts, pauseMs: number, closing: AbortSignal): Promise<void> {
  const startedMs = monotonicMs();
  await rest(pauseMs, closing);
  while (pending() > 0 && monotonicMs() - startedMs < LONGEST_YIELD_MS && !closing.aborted) await rest(SHORTEST_PAUSE_MS, closing);
}

async function rest(ms: number, closing: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: closing }).catch(() => undefined); // ended by closing
}
