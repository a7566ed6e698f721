/** What limits calls to one target: how many at once, how many per minute. */
export interface Gate {
  /**
   * Runs `work` when there is room. Rejects when `signal` aborts before its turn.
   * @param urgent goes before everybody who is not (L25): behind a full house of slow calls a leaver would wait for all of them.
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal, urgent?: boolean): Promise<T>;
}

export interface GateOptions {
  readonly concurrency: number;
  /** 0 = no limit. */
  readonly perMinute: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

interface Waiting {
  readonly since: number;
  readonly signal: AbortSignal;
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** Calls start in the order they came, urgent ones first. With a rate, starts are spaced evenly, so that no minute holds more than its share. */
export function gate({ concurrency, perMinute, now }: GateOptions): Gate {
  const spacingMs = perMinute > 0 ? 60_000 / perMinute : 0;
  const line = waitingLine();
  let running = 0;
  let nextStart = -Infinity;
  let placeFreeSince = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  /** Whose turn it is, is decided when there is a turn. */
  function admit(): void {
    for (let first = line.first(); first && running < concurrency; first = line.first()) {
      const waitMs = nextStart - now();
      if (waitMs > 0) return admitIn(waitMs);
      line.leave(first);
      running += 1;
      // A timer that comes late takes nothing from the rate; time in which nobody could have started is lost.
      nextStart = Math.max(nextStart, first.since, placeFreeSince) + spacingMs;
      first.start();
    }
  }

  function admitIn(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      admit();
    }, ms);
  }

  function done(): void {
    if (running === concurrency) placeFreeSince = now();
    running -= 1;
    admit();
  }

  return {
    async run(work, signal, urgent = false) {
      signal.throwIfAborted();
      await new Promise<void>((start, refuse) => {
        line.join({ since: now(), signal, start, refuse }, urgent);
        admit();
      });
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        done();
      }
    },
  };
}

interface WaitingLine {
  join(waiting: Waiting, urgent: boolean): void;
  /** Whose turn is next. */
  first(): Waiting | undefined;
  leave(waiting: Waiting): void;
}

/** Two queues, the urgent one first. Whose signal aborts is told at once and waits no longer. */
function waitingLine(): WaitingLine {
  const queues: readonly [Set<Waiting>, Set<Waiting>] = [new Set(), new Set()];
  const [urgentOnes, others] = queues;
  const expel = (): void => {
    for (const queue of queues) {
      for (const waiting of queue) {
        if (!waiting.signal.aborted) continue;
        queue.delete(waiting);
        waiting.refuse(waiting.signal.reason);
      }
    }
  };
  return {
    join(waiting, urgent) {
      (urgent ? urgentOnes : others).add(waiting);
      waiting.signal.addEventListener('abort', expel); // one and the same for all who share a signal
    },
    first: () => urgentOnes.values().next().value ?? others.values().next().value,
    leave: (waiting) => queues.forEach((queue) => queue.delete(waiting)),
  };
}
