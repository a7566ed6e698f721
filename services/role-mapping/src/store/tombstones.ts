import type { Logger } from '@rolebridge/observability';
import { dueTimer } from '@rolebridge/persistence';
import { nextTombstoneInMs, writeTombstones } from './erasure.ts';
import type { TombstoneOptions } from './erasure.ts';

const PAUSE_MS = 200;
const LONGEST_WAIT_MS = 60_000;

/** Writes tombstones when they are due, a few at a time; takes up where an earlier process stopped. */
export function startTombstones(options: TombstoneOptions & { readonly log: Logger }): { close(): Promise<void> } {
  let lastEndMs = -Infinity;
  return dueTimer({
    log: options.log,
    maxWaitMs: Math.min(LONGEST_WAIT_MS, Math.max(PAUSE_MS, options.tombstoneAfterMs)),
    nextDueInMs: async () => {
      const dueInMs = await nextTombstoneInMs(options);
      return dueInMs === undefined ? undefined : Math.max(dueInMs, lastEndMs + PAUSE_MS - performance.now());
    },
    run: async () => {
      const written = await writeTombstones(options);
      lastEndMs = performance.now();
      return written;
    },
  });
}
