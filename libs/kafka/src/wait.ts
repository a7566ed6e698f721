import { setTimeout as sleep } from 'node:timers/promises';

/** Ends after the time or when the signal aborts, whichever is first; never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Waits for work at most so long; `undefined` when it took longer. The work goes on. */
export async function atMost<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const tooLong = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => tooLong.resolve(undefined), ms); // no abort signal: its errors cost more than all else here, many times a second
  try {
    return await Promise.race([work, tooLong.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Full-jitter backoff, milliseconds: 200 ms · 2^n, capped at 15 s; never below a tenth of that. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(15_000, 200 * 2 ** Math.min(failures, 10));
  return ceiling * (0.1 + 0.9 * random());
}

/** Something that others wait for and that may happen again and again. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function bell(): Bell {
  let waiting = new Set<() => void>();
  return {
    ring() {
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) wake();
    },
    wait(signal) {
      if (signal.aborted) return Promise.resolve();
      return new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },
  };
}
