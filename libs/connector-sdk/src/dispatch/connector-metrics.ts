import type { Metrics } from '@rolebridge/observability';

export interface ConnectorMetrics {
  /** Measures one call to the target, good or bad. */
  timed<T>(call: () => Promise<T>): Promise<T>;
  /** Counts one attempt by the state it left behind; `stale` = the lease had gone. */
  ended(state: string): void;
  /** Counts one change of the breaker's state. */
  breaker(state: string): void;
}

/** Metrics of one system. */
export function connectorMetrics(metrics: Metrics, system: string): ConnectorMetrics {
  const calls = metrics.histogram({ name: 'target_call_seconds', help: 'Duration of calls to the target.', labels: ['system', 'result'] });
  const attempts = metrics.counter({ name: 'attempts_total', help: 'Attempts by the state they left the link in.', labels: ['system', 'state'] });
  const held = metrics.counter({ name: 'brake_held_total', help: 'Changes that the brake held back.', labels: ['system'] });
  held.inc({ system }, 0);
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
    breaker: (state) => breakers.inc({ system, state }),
  };
}
