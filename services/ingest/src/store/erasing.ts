import { randomUUID } from 'node:crypto';
import type { Logger } from '@rolebridge/observability';
import { dueTimer } from '@rolebridge/persistence';
import { forgetStrangers } from './erased-lines.ts';
import { eraseDue, nextErasureInMs, writeTombstones } from './erasure.store.ts';
import type { ErasureParts } from './erasure.store.ts';

export interface ErasingOptions extends ErasureParts {
  readonly log: Logger;
  readonly onErased?: (people: number) => void;
}

/** Between two transactions: others have their turn. */
const PAUSE_MS = 200;
const LONGEST_WAIT_MS = 60_000;
const DAY_MS = 86_400_000;
const STRANGERS_EVERY_MS = 3_600_000;
const STRANGERS_AFTER_MS = 29 * DAY_MS;
const STRANGERS_CHUNK = 500;

/** Erases whoever left long enough ago, and writes the tombstones; takes up where an earlier process stopped. */
export function startErasing(options: ErasingOptions): { close(): Promise<void> } {
  const { log, settings } = options;
  let lastEndMs = -Infinity;
  const erasing = dueTimer({
    log,
    maxWaitMs: Math.min(LONGEST_WAIT_MS, Math.max(PAUSE_MS, settings.eraseAfterMs, settings.tombstoneAfterMs)),
    nextDueInMs: async () => {
      const dueInMs = await nextErasureInMs(options);
      return dueInMs === undefined ? undefined : Math.max(dueInMs, lastEndMs + PAUSE_MS - performance.now());
    },
    run: async () => {
      const done = await round(options);
      lastEndMs = performance.now();
      return done;
    },
  });
  const strangers = startForgettingStrangers(options);
  return {
    close: async () => {
      await Promise.all([erasing.close(), strangers.close()]);
    },
  };
}

async function round(options: ErasingOptions): Promise<number> {
  const correlationId = `erasure-${randomUUID()}`;
  const erased = await eraseDue(options, correlationId);
  const tombstones = await writeTombstones(options, correlationId);
  if (erased > 0) options.onErased?.(erased);
  if (erased + tombstones > 0) options.log.info({ erased, tombstones, correlationId }, 'people who left were erased');
  return erased + tombstones;
}

/** Once an hour; a month-old delta of a record that never came is nobody's change any more. */
function startForgettingStrangers({ database, log }: ErasingOptions): { close(): Promise<void> } {
  let lastMs = -Infinity;
  return dueTimer({
    log,
    maxWaitMs: STRANGERS_EVERY_MS,
    nextDueInMs: async () => lastMs + STRANGERS_EVERY_MS - performance.now(),
    run: async () => {
      const forgotten = await forgetStrangers(database, STRANGERS_AFTER_MS, STRANGERS_CHUNK);
      if (forgotten > 0) log.warn({ changes: forgotten }, 'changes of records that never became a person waited for a month and were forgotten');
      if (forgotten < STRANGERS_CHUNK) lastMs = performance.now();
    },
  });
}
