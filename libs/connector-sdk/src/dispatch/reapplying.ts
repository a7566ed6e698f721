import type { Logger } from '@rolebridge/observability';
import { type Database, type DueTimer, dueTimer } from '@rolebridge/persistence';
import { nextReapplyInMs, reapplyNext } from '../store/reapply.ts';
import type { SystemRuntime } from './system-runtime.ts';

/** Carries out orders to look at everybody's account again, part by part; takes up what another process left. */
export function startReapplying(database: Database, runtimes: readonly SystemRuntime[], log: Logger): DueTimer {
  const systems = runtimes.map(({ system }) => system.name);
  return dueTimer({
    log,
    maxWaitMs: 5_000,
    nextDueInMs: () => nextReapplyInMs(database, systems),
    run: async () => {
      const due = await reapplyNext(database, systems);
      if (due > 0) for (const runtime of runtimes) runtime.wake();
      return due;
    },
  });
}
