import type { Metrics } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';
import { countHeld } from '../store/held.ts';

/** How many changes wait for somebody's decision, as of each scrape: more than none is an alert (L26). A database that is away leaves it as it was. */
export function brakeMetrics(metrics: Metrics, database: Database, systems: readonly string[]): void {
  metrics.gauge({
    name: 'brake_held',
    help: 'Changes that the brake holds back until somebody releases or drops them.',
    labels: ['system'],
    async collect(gauge) {
      for (const { system, held } of await countHeld(database, systems).catch(() => [])) gauge.set({ system }, held);
    },
  });
}
