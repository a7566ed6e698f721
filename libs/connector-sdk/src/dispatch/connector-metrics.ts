import type { Metrics } from '@rolebridge/observability';

export interface ConnectorMetrics {
  /** Measures one call to the target, good or bad. */
  timed<T>(call: () => Promise<T>): Promise<T>;
  /** Counts one attempt by the state it left behind; `stale` = the lease had gone. */
  ended(state: string): void;
  /** Measures how long somebody kept access: from the accepted leave or lock to its end here. */
  deprovisioned(acceptedAt: string): void;
  /** Counts one change of the breaker's state. */
  breaker(state: string): void;
}

/** From a moment to a day: an outage of the target counts as well. */
const DEPROVISION_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];

/** Metrics of one system. */
export function connectorMetrics(metrics: Metrics, system: string): ConnectorMetrics {
  const calls = metrics.histogram({ name: 'target_call_seconds', help: 'Duration of calls to the target.', labels: ['system', 'result'] });
  const attempts = metrics.counter({ name: 'attempts_total', help: 'Attempts by the state they left the link in.', labels: ['system', 'state'] });
  const held = metrics.counter({ name: 'brake_held_total', help: 'Changes that the brake held back.', labels: ['system'] });
  held.inc({ system }, 0);
  const deprovisioned = metrics.histogram({ name: 'deprovision_seconds', help: 'From an accepted leave or lock to its application at the system.', labels: ['system'], buckets: DEPROVISION_BUCKETS });
  const breakers = metrics.counter({ name: 'breaker_changes_total', help: 'Changes of the breaker, by the state it came into.', labels: ['system', 'state'] });
  return {
    async timed(call) {
      const since = performance.now();
      const done = (result: string) => calls.observe({ system, result }, (performance.now() - since) / 1000);
      try {
        const answer = await call();
        done('ok');
        return answer;
      } catch (error) {
        done('failed');
        throw error;
      }
    },
    ended: (state) => {
      attempts.inc({ system, state });
      if (state === 'held') held.inc({ system });
    },
    deprovisioned: (acceptedAt) => deprovisioned.observe({ system }, Math.max(0, (Date.now() - Date.parse(acceptedAt)) / 1000)),
    breaker: (state) => breakers.inc({ system, state }),
  };
}
