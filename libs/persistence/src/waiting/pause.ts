/** Waits; ends early, without an error, when the signal aborts. Milliseconds. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
}

/** Full jitter: anything between 0 and `firstMs · 2^attempt`, capped. Milliseconds; `attempt` counts from 0. */
export function backoffMs(attempt: number, { firstMs, capMs }: Backoff, random: () => number = Math.random): number {
  return random() * Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30));
}
