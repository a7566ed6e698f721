import { BREAKER_STATES, DELIVERY_STATES } from '@rolebridge/contracts';
import { type Metrics, remembered } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';
import { countLinks } from '../store/status.ts';
import type { SystemRuntime } from './system-runtime.ts';

const COUNTS_AGE_MS = 2_000;

type Served = Pick<SystemRuntime, 'system' | 'breaker'>;

/** What waits in front of each system, and whether its breaker lets it go. Read from the links at each scrape. */
export function queueMetrics(metrics: Metrics, database: Database, runtimes: readonly Served[]): void {
  const counts = remembered(() => Promise.all(runtimes.map(async ({ system: { name } }) => [name, await countLinks(database, name)] as const)), COUNTS_AGE_MS);

  metrics.gauge({
    name: 'links',
    help: 'People per system and state of their newest wish.',
    labels: ['system', 'state'],
    async collect(gauge) {
      for (const [system, { states }] of (await counts()) ?? []) for (const state of DELIVERY_STATES) gauge.set({ system, state }, states[state]);
    },
  });
  metrics.gauge({
    name: 'oldest_pending_age_seconds',
    help: 'Age of the oldest wish that is not settled; 0 when there is none.',
    labels: ['system'],
    async collect(gauge) {
      for (const [system, { oldestPendingSeconds }] of (await counts()) ?? []) gauge.set({ system }, oldestPendingSeconds ?? 0);
    },
  });
  metrics.gauge({
    name: 'breaker_state',
    help: '1 for the state the breaker of a system is in, 0 for the others; halted needs a person.',
    labels: ['system', 'state'],
    collect(gauge) {
      for (const { system, breaker } of runtimes) for (const state of BREAKER_STATES) gauge.set({ system: system.name, state }, breaker().mode === state ? 1 : 0);
    },
  });
}
