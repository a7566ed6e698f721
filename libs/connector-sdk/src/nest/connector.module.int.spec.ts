import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, loadOperators, newToken } from '@rolebridge/access';
import type { OutgoingRecord } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import { testStack } from '@rolebridge/local-stack';
import { createLogger, Health } from '@rolebridge/observability';
import { type RunningService, startService } from '@rolebridge/observability/nest';
import { startRelay } from '@rolebridge/persistence';
import { brakeMetrics } from '../dispatch/brake-metrics.ts';
import { startReapplying } from '../dispatch/reapplying.ts';
import { startReplaying } from '../inbound/replay-wishes.ts';
import { person, Workbench } from '../test/workbench.ts';
import { ConnectorModule } from './connector.module.ts';

const folder = mkdtempSync(join(tmpdir(), 'connector-'));
const token = newToken();
const log = createLogger({ service: 'x', level: 'silent' });
const arrived: OutgoingRecord[] = [];

let bench: Workbench;
let service: RunningService;
beforeAll(async () => {
  writeFileSync(join(folder, 'operators.yaml'), `operators: [{name: olga, rights: [read, operate], secrets: ['${await hashSecret(token, 'sha256')}']}]`);
  bench = await Workbench.open();
  const { database } = bench;
  const runtimes = [await bench.run()];
  brakeMetrics(bench.metrics, database, ['directory']);
  const publisher = { publish: async (records: readonly OutgoingRecord[]) => void arrived.push(...records), close: async () => undefined };
  const relay = startRelay({ url: (await testStack()).databaseUrl, schema: database.schema, openPublisher: async () => publisher, log });
  const kafka = connectKafka({ brokers: ['127.0.0.1:1'], clientId: 'x', log }); // nothing here reads a topic
  const module = ConnectorModule.of({
    runtimes,
    database,
    relay,
    wishes: new Map(),
    commands: new Map(),
    replaying: startReplaying({ database, kafka, takers: [], topicPrefix: '', log }),
    reapplying: startReapplying(database, runtimes, log),
    operators: loadOperators(join(folder, 'operators.yaml'), { refusalMs: 0 }),
    audit: log,
    erasing: { database, topicPrefix: '', tombstoneAfterMs: 1000 },
  });
  service = await startService({ name: 'x', module, environment: { PORT: 0, HOST: '127.0.0.1' }, log, metrics: bench.metrics, health: new Health() });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

const authorization = `Bearer ${token}`;

describe('a connector process', () => {
  test.each(['status', 'brake', 'dead-letters', 'erasures', 'outbox', 'reapply', 'replays', 'audit'])('answers operators about %s, and nobody else', async (path) => {
    expect((await fetch(`${service.url}/operator/${path}`, { headers: { authorization } })).status).toBe(200);
    expect((await fetch(`${service.url}/operator/${path}`)).status).toBe(401);
  });

  test('lets a record go that was set aside', async () => {
    await bench.database.query(`insert into outbox_aside (sequence, topic, key, value, headers, created_at, reason) values (1, 't', 'k', '{}', '{}', now(), 'record-too-large')`);
    const answer = await fetch(`${service.url}/operator/outbox/release`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ topic: 't', key: 'k', reason: 'It goes now.' }) });
    expect([answer.status, await answer.json()]).toEqual([200, { going: 1, lost: 0 }]);
    await bench.until(async () => arrived.length === 1);
    expect(arrived).toMatchObject([{ topic: 't', key: 'k', value: '{}' }]);
  });

  test('with nothing configured holds 6 back of 26 among 400 who are disabled at once, and says so at /metrics', async () => {
    const brakeLines = async () => (await (await fetch(`${service.url}/metrics`)).text()).split('\n').filter((line) => line.startsWith('rolebridge_brake_held')).toSorted();
    const held = (n: number) => ['', '_total'].map((end) => `rolebridge_brake_held${end}{system="directory",service="test"} ${n}`).toSorted();
    const people = Array.from({ length: 400 }, () => person());
    const inState = async (state: string) => (await bench.database.query('select 1 from link where state = $1', [state])).length;
    expect(await brakeLines()).toEqual(held(0));
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(async () => (await inState('applied')) === 400, 60_000);
    await bench.wish(...people.slice(0, 26).map((one) => one.wish({ generation: 2, presence: 'disabled' })));
    await bench.until(async () => (await inState('applied')) === 394 && (await inState('held')) === 6, 60_000);
    expect([...bench.directory.accounts.values()].filter(({ active }) => !active)).toHaveLength(20);
    expect(await brakeLines()).toEqual(held(6));
  }, 150_000);
});
