import { backlogMetrics, type Backlog } from './backlog-metrics.ts';
import { createMetrics } from './metrics.ts';

const valuesOf = async (ask: () => Promise<Backlog>): Promise<readonly string[]> => {
  const metrics = createMetrics('x');
  backlogMetrics(metrics, ask);
  return (await metrics.registry.metrics()).split('\n').filter((line) => /^rolebridge_(dead|outbox)/.test(line));
};

test('dead letters by cause and the outbox are counted once for all gauges of a scrape', async () => {
  let asked = 0;
  const lines = await valuesOf(() => {
    asked += 1;
    return Promise.resolve({ outbox: { rows: 3, oldestSeconds: 7.5, aside: 1 }, letters: [{ system: 'fieldglass', kind: 'rejected', code: 'http-400', count: 2 }, { system: null, kind: 'malformed', code: 'schema', count: 1 }] });
  });
  expect(asked).toBe(1);
  expect(lines).toEqual([
    'rolebridge_dead_letters_open{system="fieldglass",kind="rejected",code="http-400",service="x"} 2',
    'rolebridge_dead_letters_open{system="",kind="malformed",code="schema",service="x"} 1',
    'rolebridge_outbox_rows{service="x"} 3',
    'rolebridge_outbox_oldest_age_seconds{service="x"} 7.5',
    'rolebridge_outbox_aside_rows{service="x"} 1',
  ]);
});

test('a database that is away does not fail the scrape', async () => {
  expect(await valuesOf(() => Promise.reject(new Error('away')))).not.toContainEqual(expect.stringContaining('dead_letters_open{'));
});
