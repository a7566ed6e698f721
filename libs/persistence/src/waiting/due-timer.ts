import type { Log } from '../log.ts';
import { bell } from './bell.ts';
import { backoffMs, pause } from './pause.ts';

export interface DueTimerOptions {
  /**
   * Milliseconds until the earliest row is due, 0 or less when one is due already, `undefined` when nothing waits. Computed by the
   * database, whose `now()` alone decides: `select extract(epoch from min(not_before) - now()) * 1000 …`. Do not count rows that `run` cannot take now.
   */
  readonly nextDueInMs: () => Promise<number | undefined>;
  /** Takes what is due. A returned 0 says that nothing could be taken: then it pauses, longer each time, instead of asking in a circle. */
  readonly run: () => Promise<void> | Promise<number>;
  /** Looks again at least this often, in case a wake-up was lost. Default 60 000. */
  readonly maxWaitMs?: number;
  readonly log: Log;
}

export interface DueTimer {
  /** Something may be due earlier than known: look again. Several calls count as one; while `run` runs, it looks again afterwards. */
  wake(): void;
  /** Starts nothing new and resolves when a running `run` has ended. */
  close(): Promise<void>;
}

const FAILED = { firstMs: 200, capMs: 10_000 };
const IDLE = { firstMs: 5, capMs: 250 };

/** Arms one timer for the earliest due time and runs `run` then, never twice at once. A failure is logged and tried again with backoff. */
export function dueTimer(options: DueTimerOptions): DueTimer {
  const stop = new AbortController();
  const alarm = bell();
  const loop = async (): Promise<void> => {
    let failures = 0;
    let inVain = 0;
    while (!stop.signal.aborted) {
      try {
        const took = await onceDue(options, alarm, stop.signal);
        failures = 0;
        inVain = took === 0 ? inVain + 1 : 0;
        if (inVain > 0) await alarm.wait(backoffMs(inVain, IDLE), stop.signal);
      } catch (error) {
        options.log.error({ err: error }, 'work that was due failed; it is tried again');
        await pause(backoffMs(failures, FAILED), stop.signal);
        failures += 1;
      }
    }
  };
  const ended = loop();
  return {
    wake: () => alarm.ring(),
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** Waits until something is due (or the bell rings) and runs; what `run` returned, `undefined` when it only waited. */
async function onceDue({ nextDueInMs, run, maxWaitMs = 60_000 }: DueTimerOptions, alarm: ReturnType<typeof bell>, signal: AbortSignal): Promise<number | undefined> {
  const dueInMs = (await nextDueInMs()) ?? maxWaitMs;
  if (signal.aborted) return undefined;
  if (dueInMs <= 0) return (await run()) ?? undefined;
  await alarm.wait(Math.min(Math.ceil(dueInMs), maxWaitMs), signal);
  return undefined;
}
