import { bodyText, startSimulator } from './index.ts';
import type { RunningSimulator } from './index.ts';

/** A target that adds names to a list: `POST /names` with the name as body. */
let simulator: RunningSimulator;
let names: string[] = [];

beforeEach(async () => {
  names = [];
  simulator = await startSimulator({
    name: 'names',
    port: 0,
    state: () => ({ names }),
    reset: () => {
      names = [];
    },
    answers: { 'error-code': (fault) => ({ status: 200, body: JSON.stringify({ code: fault.value }) }) },
    routes: (app, context) => {
      app.post('/names', (request, reply) => {
        const name = bodyText(request);
        return context.perform(request, reply, { operation: 'add', key: name, generation: '7' }, () => {
          names.push(name);
          return { status: 201, writes: 1 };
        });
      });
    },
  });
});

afterEach(() => simulator.close());

const add = (name: string, signal?: AbortSignal) => fetch(`${simulator.url}/names`, { method: 'POST', body: name, ...(signal ? { signal } : {}) });
const control = async (method: string, path: string, body?: object): Promise<unknown> => {
  const response = await fetch(`${simulator.url}/_simulator/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  return text ? JSON.parse(text) : response.status;
};
const order = (fault: object) => control('POST', 'faults', fault);

test('a call does its work and stands in the log with its key and marker', async () => {
  expect((await add('Ada')).status).toBe(201);
  expect(await control('GET', 'state')).toEqual({ names: ['Ada'] });
  expect(await control('GET', 'calls?since=0')).toMatchObject({
    last: 1,
    truncated: false,
    calls: [{ sequence: 1, operation: 'add', key: 'Ada', generation: '7', result: '201' }],
  });
  expect(await control('GET', 'counters')).toEqual({ calls: 1, writes: 1, inFlight: 0, maxInFlight: 1 });
});

test('a throttled call does nothing and says when to come back', async () => {
  await order({ kind: 'throttle', value: 7, times: 1 });
  const response = await add('Ada');
  expect([response.status, response.headers.get('retry-after'), names]).toEqual([429, '7', []]);
  expect((await add('Ada')).status).toBe(201);
});

test('after reset-before nothing happened, after reset-after it did', async () => {
  await order({ kind: 'reset-before', times: 1 });
  await expect(add('Ada')).rejects.toThrow();
  expect(names).toEqual([]);
  await order({ kind: 'reset-after', times: 1 });
  await expect(add('Ada')).rejects.toThrow();
  expect(names).toEqual(['Ada']);
  expect(await control('GET', 'counters')).toMatchObject({ calls: 2, writes: 1 });
});

test('a duplicated delivery is worked twice and answered once', async () => {
  await order({ kind: 'duplicate', times: 1 });
  expect((await add('Ada')).status).toBe(201);
  expect(names).toEqual(['Ada', 'Ada']);
});

test('a fault aimed at one user or operation leaves the others alone', async () => {
  await order({ kind: 'server-error', user: 'Bob' });
  await order({ kind: 'refuse', operation: 'remove' });
  expect([(await add('Ada')).status, (await add('Bob')).status]).toEqual([201, 503]);
});

test('a target that is down cuts every call off but can still be steered', async () => {
  await order({ kind: 'down', forMs: 60_000 });
  await expect(add('Ada')).rejects.toThrow();
  await control('DELETE', 'faults');
  expect((await add('Ada')).status).toBe(201);
});

test('a caller who gives up during latency does not stop the work', async () => {
  await order({ kind: 'latency', value: 80 });
  await expect(add('Ada', AbortSignal.timeout(20))).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(names).toEqual(['Ada']);
});

test('the cost of many calls at once is paid side by side', async () => {
  await control('PUT', 'cost', { perCallMs: 100, perUserMs: 50 });
  const startMs = performance.now();
  await Promise.all(['Ada', 'Bob', 'Cy', 'Di'].map((name) => add(name)));
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThanOrEqual(145);
  expect(tookMs).toBeLessThan(500);
});

test('a share of 0 hits nobody and the same seed hits the same calls', async () => {
  await order({ kind: 'server-error', share: 0.5 });
  const statuses = [];
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) statuses.push((await add(name)).status);
  expect(new Set(statuses)).toEqual(new Set([201, 503]));
  await control('DELETE', 'faults');
  await order({ kind: 'server-error', share: 0 });
  expect((await add('Ada')).status).toBe(201);
});

test('a wrong fault is refused with the field named, an unsupported one with a reason', async () => {
  expect(await order({ kind: 'latency', times: 0 })).toEqual({ problem: expect.stringContaining('times') });
  expect(await order({ kind: 'explode' })).toEqual({ problem: expect.stringContaining('kind') });
  expect(await order({ kind: 'soap-fault' })).toEqual({ problem: expect.stringContaining('soap-fault') });
  expect(await order({ kind: 'error-code', value: 106 })).toMatchObject({ id: 1, hits: 0 });
  expect(await (await add('Ada')).json()).toEqual({ code: 106 });
});

test('a reset forgets state, log, cost and faults', async () => {
  await order({ kind: 'server-error' });
  await control('PUT', 'cost', { perCallMs: 500, perUserMs: 0 });
  await add('Ada');
  await control('POST', 'reset');
  expect(await control('GET', 'state')).toEqual({ names: [] });
  expect(await control('GET', 'counters')).toEqual({ calls: 0, writes: 0, inFlight: 0, maxInFlight: 0 });
  expect(await control('GET', 'faults')).toEqual([]);
  expect(await control('GET', 'cost')).toEqual({ perCallMs: 0, perUserMs: 0 });
});

test('closing does not wait for calls in flight', async () => {
  await order({ kind: 'latency', value: 30_000 });
  const call = add('Ada').then(
    () => 'answered',
    () => 'cut off',
  );
  await new Promise((resolve) => setTimeout(resolve, 30));
  const startMs = performance.now();
  await simulator.close();
  expect(performance.now() - startMs).toBeLessThan(2000);
  expect(await call).toBe('cut off');
  expect(names).toEqual([]);
});
