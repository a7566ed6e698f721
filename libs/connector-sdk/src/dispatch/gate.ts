import { setTimeout as pause } from 'node:timers/promises';

/** What limits calls to one target: how many at once, how many per minute. */
export interface Gate {
  /** Runs `work` when there is room. Rejects when `signal` aborts before its turn. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface GateOptions {
  readonly concurrency: number;
  /** 0 = no limit. */
  readonly perMinute: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Calls start in the order they came. With a rate, starts are spaced evenly, so that no minute holds more than its share. */
export function gate(options: GateOptions): Gate {
  const { concurrency, perMinute, now } = options;
  const spacingMs = perMinute > 0 ? 60_000 / perMinute : 0;
  const queue: (() => void)[] = [];
  let running = 0;
  let nextStart = 0;

  async function enter(signal: AbortSignal): Promise<void> {
    if (running >= concurrency) await new Promise<void>((turn) => queue.push(turn));
    else running += 1;
    if (spacingMs === 0) return;
    const start = Math.max(now(), nextStart);
    nextStart = start + spacingMs;
    if (start > now()) await pause(start - now(), undefined, { signal });
  }

  /** The place passes on directly, so that nobody can slip in between. */
  function leave(): void {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async run(work, signal) {
      try {
        await enter(signal);
        signal.throwIfAborted();
        return await work();
      } finally {
        leave();
      }
    },
  };
}
