import type { Logger, Metrics } from '@rolebridge/observability';
import { type Database, dueTimer } from '@rolebridge/persistence';
import { countErasures, eraseEnded } from '../store/erasing.ts';
import { repeatTombstones } from '../store/forget-observed.ts';

export interface ErasingOptions {
  readonly database: Database;
  readonly systems: readonly string[];
  readonly topicPrefix: string;
  readonly tombstoneAfterMs: number;
  readonly log: Logger;
  /** How often it is looked for accounts that have ended, milliseconds. */
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;
const PAUSE_MS = 200;
const CHUNK = 500;

/** Erases people when their account has ended, a few at a time; takes up where an earlier process stopped. */
export function startErasing(options: ErasingOptions): { close(): Promise<void> } {
  const { log, everyMs = EVERY_MS } = options;
  let nextMs = performance.now();
  return dueTimer({
    log,
    maxWaitMs: everyMs,
    nextDueInMs: async () => nextMs - performance.now(),
    run: async () => {
      const most = await round(options);
      nextMs = performance.now() + (most < CHUNK ? everyMs : PAUSE_MS);
    },
  });
}

/** One look at each system; the most that one of them had to do. */
async function round({ database, systems, topicPrefix, tombstoneAfterMs, log }: ErasingOptions): Promise<number> {
  let most = 0;
  for (const system of systems) {
    const part = { database, system, topicPrefix, tombstoneAfterMs };
    const erased = await eraseEnded(part);
    const tombstones = await repeatTombstones(part, CHUNK);
    if (erased > 0) log.info({ system, erased }, 'accounts of erased people have ended; nothing is kept of them');
    most = Math.max(most, erased, tombstones);
  }
  return most;
}

/** Erasures that wait for an account to end, as of each scrape: one that is days old needs a person (L30). A database that is away leaves them as they were. */
export function erasureMetrics(metrics: Metrics, database: Database, systems: readonly string[]): void {
  const count = () => countErasures(database, systems).catch(() => []);
  metrics.gauge({
    name: 'erasures_open',
    help: 'Erased people whose account has not ended.',
    labels: ['system'],
    async collect(gauge) {
      for (const { system, open } of await count()) gauge.set({ system }, open);
    },
  });
  metrics.gauge({
    name: 'oldest_erasure_age_seconds',
    help: 'Since when the longest of them waits; 0 when none does.',
    labels: ['system'],
    async collect(gauge) {
      for (const { system, oldestSeconds } of await count()) gauge.set({ system }, oldestSeconds);
    },
  });
}
