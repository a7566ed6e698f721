import { SqlError } from '../connection/sql-error.ts';
import { bell } from '../waiting/bell.ts';
import { backoffMs, pause } from '../waiting/pause.ts';
import type { RelayOptions } from './relay-options.ts';
import { serveTerm, type Duty } from './term.ts';

export interface Relay {
  /** Sends what the outbox holds, for at most 5 s, and gives up the lock: after an orderly stop whatever was accepted is on its topic. */
  close(): Promise<void>;
  /** Resolves never; rejects when it cannot work at all (tables missing, login refused) and the process should exit non-zero. */
  readonly failed: Promise<never>;
  /** Connected, and either publishing without failure or standing by for another instance that is. */
  isReady(): boolean;
  /** Records this instance has brought to the broker. */
  readonly published: number;
}

const RESTART = { firstMs: 100, capMs: 10_000 };

/** Login refused, database or schema unknown, tables or rights missing: waiting does not help. */
const FATAL = /^(28|3D|3F|42)/;

/**
 * Moves outbox records to the broker: select in order, publish, delete, again. Among all instances on one schema exactly one works,
 * the others stand by. A failure of any kind ends the term: publisher and session are closed, the lock is free for another
 * instance, and after a pause this one applies again. Records published but not yet deleted are published again: readers
 * keep the highest generation (law L1).
 */
export function startRelay(options: RelayOptions): Relay {
  const stop = new AbortController();
  const alarm = bell();
  const status = { ready: false, published: 0 };
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // whoever cares awaits `failed`; the error is logged below
  const duty: Duty = {
    ...options,
    alarm,
    stop: stop.signal,
    ready: (ready) => (status.ready = ready),
    onPublished: (batch) => {
      status.published += batch.records;
      options.onPublished?.(batch);
    },
  };
  const ended = serveTerms(duty).catch((error: unknown) => {
    options.log.error({ err: error, schema: options.schema }, 'the outbox relay cannot work');
    failure.reject(error);
  });
  return {
    failed: failure.promise,
    isReady: () => status.ready,
    get published() {
      return status.published;
    },
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function serveTerms(duty: Duty): Promise<void> {
  for (let failures = 0; !duty.stop.aborted; failures += 1) {
    try {
      await serveTerm(duty, () => (failures = 0));
    } catch (error) {
      if (error instanceof SqlError && FATAL.test(error.code)) throw error;
      if (!duty.stop.aborted) duty.log.warn({ err: error, schema: duty.schema }, 'the outbox relay was interrupted; it starts again');
    } finally {
      duty.ready(false);
    }
    await pause(backoffMs(failures, RESTART), duty.stop);
  }
}
