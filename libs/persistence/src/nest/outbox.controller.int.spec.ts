import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret, loadOperators, newToken } from '@rolebridge/access';
import { OPERATORS } from '@rolebridge/access/nest';
import { ClassifiedError, type OutboxListing, type OutboxOrderResult, type OutgoingRecord } from '@rolebridge/contracts';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { createLogger, createMetrics, Health } from '@rolebridge/observability';
import { type RunningService, startService } from '@rolebridge/observability/nest';
import { connectDatabase } from '../database.ts';
import { migrate } from '../migration/migrate.ts';
import { listOrders } from '../operators/operator-audit.ts';
import { appendOutbox } from '../outbox/outbox.ts';
import type { Database } from '../port.ts';
import { type Relay, startRelay } from '../relay/relay.ts';
import { OUTBOX, OutboxController, type OutboxParts } from './outbox.controller.ts';

const folder = mkdtempSync(join(tmpdir(), 'outbox-'));
const tokens = { olga: newToken(), anna: newToken(), reader: newToken() };
const KEY = { topic: 't', key: 'k' };
const WHY = { reason: 'The limit of the topic was raised.' };

let database: Database;
let relay: Relay;
let startAgain: () => Relay;
let service: RunningService;
/** What the broker refuses, and what has arrived there. */
let refused: ReadonlySet<string>;
let arrived: OutgoingRecord[];

beforeAll(async () => {
  const entry = async (name: keyof typeof tokens, rights: string) => `{name: ${name}, rights: [${rights}], secrets: ['${await hashSecret(tokens[name], 'sha256')}']}`;
  writeFileSync(join(folder, 'operators.yaml'), `operators: [${await entry('olga', 'read, operate')}, ${await entry('anna', 'approve')}, ${await entry('reader', 'read')}]`);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema });
  database = connectDatabase({ url, schema, applicationName: schema, queue: true });
  [refused, arrived] = [new Set(), []];
  const log = createLogger({ service: 'x', level: 'silent' });
  startAgain = () => startRelay({ url, schema, log, openPublisher: async () => ({ publish: take, close: async () => undefined }) });
  relay = startAgain();
  const providers = [
    { provide: OUTBOX, useValue: { database } satisfies OutboxParts },
    { provide: OPERATORS, useFactory: () => loadOperators(join(folder, 'operators.yaml'), { refusalMs: 0 }) },
  ];
  const module = { module: OutboxController, controllers: [OutboxController], providers };
  service = await startService({ name: 'x', module, environment: { PORT: 0, HOST: '127.0.0.1' }, log, metrics: createMetrics('x'), health: new Health() });
});
afterEach(async () => {
  await service.close();
  await relay.close();
  await database.close();
});

async function take(records: readonly OutgoingRecord[]): Promise<void> {
  if (records.some(({ value }) => refused.has(value ?? ''))) throw new ClassifiedError({ kind: 'rejected', code: 'record-too-large', message: 'Too large.' });
  arrived.push(...records);
}

const append = (key: string, ...values: readonly string[]) => database.transaction((sql) => appendOutbox(sql, values.map((value) => ({ topic: 't', key, value, headers: {} }))));
const valuesOf = (key: string) => arrived.filter((record) => record.key === key).map(({ value }) => value);

async function ask<T>(path: string, who: keyof typeof tokens, body?: object): Promise<T & { readonly status: number; readonly detail?: string }> {
  const sending = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${service.url}/operator/outbox${path}`, { ...sending, headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' } });
  return { ...((await answer.json()) as T), status: answer.status };
}
const list = () => ask<OutboxListing>('', 'reader');
const order = (kind: string, who: keyof typeof tokens, body: object = { ...KEY, ...WHY }) => ask<OutboxOrderResult>(`/${kind}`, who, body);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpMs = Date.now() + 15_000;
  while (!(await isSo())) {
    if (Date.now() > giveUpMs) throw new Error('It did not become so within 15 s.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The broker refuses 2, and would refuse 4 of those that wait behind it. */
async function someRefused(): Promise<void> {
  refused = new Set(['2', '4']);
  await append('k', '1', '2', '3', '4', '5');
  await append('other', '1', '3');
  await until(async () => (await list()).aside === 4);
  await append('k', '6');
  await until(async () => (await list()).aside === 5);
}

describe('what the broker refuses', () => {
  test('is listed with what waits behind it; the records of others are through', async () => {
    await someRefused();
    const { status, ...listing } = await list();
    expect(status).toBe(200);
    expect(listing).toEqual({ rows: 0, oldestSeconds: 0, aside: 5, keys: [{ ...KEY, code: 'record-too-large', records: 5, refused: 1, since: expect.stringMatching(/^\d{4}-.*Z$/) }] });
    expect([valuesOf('k'), valuesOf('other')]).toEqual([['1'], ['1', '3']]);
  });

  test('goes again in its old order and before newer records, and who ordered it is kept', async () => {
    await someRefused();
    refused = new Set();
    await relay.close();
    await append('k', '7');
    expect(await order('release', 'olga')).toEqual({ status: 200, going: 5, lost: 0 });
    expect(await list()).toMatchObject({ rows: 6, oldestSeconds: expect.any(Number), aside: 0 });
    relay = startAgain();
    await append('k', '8');
    await until(() => valuesOf('k').length === 8);
    expect(valuesOf('k')).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect((await list()).keys).toEqual([]);
    expect((await listOrders(database, { limit: 9 })).orders).toMatchObject([{ order: 'outbox-release', operator: 'olga', reason: WHY.reason, affected: 5, filter: { topic: 't', going: 5, lost: 0 }, subjects: ['k'] }]);
  });

  test('is set aside once more when it is refused once more, and nothing is lost or overtaken', async () => {
    await someRefused();
    expect(await order('release', 'olga')).toMatchObject({ going: 5 });
    await until(async () => (await list()).aside === 5);
    refused = new Set();
    await order('release', 'olga');
    await until(() => valuesOf('k').length === 6);
    expect(valuesOf('k')).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('is lost by a drop, and nothing but that', async () => {
    await someRefused();
    expect(await order('drop', 'anna')).toEqual({ status: 200, going: 4, lost: 1 });
    await until(async () => (await list()).aside === 3);
    expect([valuesOf('k'), (await list()).keys]).toMatchObject([['1', '3'], [{ ...KEY, records: 3, refused: 1 }]]);
    expect(await order('drop', 'anna')).toEqual({ status: 200, going: 2, lost: 1 });
    await until(() => valuesOf('k').length === 4);
    expect(valuesOf('k')).toEqual(['1', '3', '5', '6']);
    expect((await list()).aside).toBe(0);
    const { orders } = await listOrders(database, { limit: 9 });
    expect(orders).toMatchObject([
      { order: 'outbox-drop', operator: 'anna', affected: 3, filter: { topic: 't', going: 2, lost: 1 }, subjects: ['k'] },
      { order: 'outbox-drop', operator: 'anna', affected: 5, filter: { topic: 't', going: 4, lost: 1 }, subjects: ['k'] },
    ]);
  });

  test('stays where it is without the right, and where nothing waits that is said', async () => {
    await someRefused();
    expect(await order('drop', 'olga')).toMatchObject({ status: 403, detail: expect.stringContaining('right approve') });
    expect(await order('release', 'anna')).toMatchObject({ status: 403, detail: expect.stringContaining('right operate') });
    expect((await ask('', 'anna')).status).toBe(403);
    expect(await order('release', 'olga', { ...KEY, ...WHY, key: 'other' })).toMatchObject({ status: 404, detail: 'Nothing is set aside for key other of topic t here; rolebridge outbox list shows what is.' });
    expect(await order('release', 'olga', KEY)).toMatchObject({ status: 400, detail: 'reason: say in a sentence why this is right.' });
    expect(await order('release', 'olga', { ...WHY, topic: 't' })).toMatchObject({ status: 400, detail: 'key: must be text of 1 to 200 characters.' });
    expect((await list()).aside).toBe(5);
    expect((await listOrders(database, { limit: 9 })).total).toBe(0);
  });

  test('ordered by three at once it is done once', async () => {
    await someRefused();
    const answers = await Promise.all([order('release', 'olga'), order('drop', 'anna'), order('release', 'olga')]);
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 404, 404]);
    expect((await listOrders(database, { limit: 9 })).total).toBe(1);
  });
});
