import { ClassifiedError } from '@rolebridge/contracts';
import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import type { CallContext, Connector, LinkView } from '@rolebridge/connector-sdk';
import type { System } from '@rolebridge/landscape';
import type { RunningSimulator } from '@rolebridge/simulator-kit';
import { startSalesCloudSimulator } from '../simulator/sales-cloud.simulator.ts';
import { salesCloudConnector } from './connector.ts';
import { aWish, list, onlyStep, unitList } from './decide/wishes.fixture.ts';
import type { Unreadable } from './decide/plan.ts';
import type { SalesCloudState } from './decide/state.ts';

/** The connector against the simulated Sales Cloud over real HTTP. */

type SalesCloud = Connector<SalesCloudState, Unreadable>;

const PASSWORD = 'right';
let simulator: RunningSimulator;
const open: SalesCloud[] = [];

beforeAll(async () => {
  simulator = await startSalesCloudSimulator({ port: 0, user: '_RB', password: PASSWORD, senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', settleWindowMs: 0 });
});
afterEach(async () => {
  await control('POST', 'reset');
  for (const connector of open.splice(0)) await connector.close?.();
});
afterAll(() => simulator.close());

function connectorFor(overrides: Partial<System> = {}, settings: Readonly<Record<string, unknown>> = {}): SalesCloud {
  const connector = salesCloudConnector(
    {
      name: 'sales-cloud',
      kind: 'sales-cloud',
      mode: 'active',
      url: simulator.url,
      limits: { concurrency: 4, perMinute: 0, timeoutMs: 2000 },
      settleMs: 0,
      ...overrides,
      settings: { senderParty: 'ROLEBRIDGE', recipientParty: 'C4CSIM', generationHeader: true, authentication: { kind: 'basic', user: '_RB', password: { env: 'P' } }, ...settings },
    },
    { secret: () => PASSWORD },
  );
  open.push(connector);
  return connector;
}

interface State {
  readonly employees: readonly { readonly key: string; readonly identityId: string; readonly locked: boolean; readonly roles: readonly string[]; readonly activeUnits: readonly string[]; readonly applied: readonly object[] }[];
  readonly messageMonitoring: readonly { readonly code: string }[];
  readonly accepted: number;
  readonly duplicateMessageIds: number;
}

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${simulator.url}/_simulator/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  return text ? JSON.parse(text) : undefined;
}
const state = () => control('GET', 'state') as Promise<State>; // the simulator's own JSON
const order = (fault: object) => control('POST', 'faults', fault);

const call = (wireId = '0123456789abcdef0123456789abcdef', signal = new AbortController().signal): CallContext => ({ correlationId: 'c-1', wireId, signal });

async function send(connector: SalesCloud, wish: DesiredAccount = aWish(), context = call()): Promise<void> {
  const link: LinkView<SalesCloudState> = { system: 'sales-cloud', userId: wish.userId, accountKey: 'LNG', attempted: [] };
  const plan = connector.plan({ desired: wish, link, observation: await connector.observe(link, wish, context), today: '2026-11-22' });
  await connector.apply(onlyStep(plan), link, context);
}

async function failureOf(work: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ClassifiedError) return error.failure;
    throw error;
  }
}

test('a wish becomes an employee with login, role and unit', async () => {
  await send(connectorFor(), aWish({ entitlements: { unit: unitList(['100', 'A&B'], '100'), role: list(['R & D']) } }));
  const { employees, messageMonitoring } = await state();
  expect(employees).toMatchObject([{ key: 'LNG', identityId: 'LNG', locked: false, roles: ['R & D'], activeUnits: ['100', 'A&B'], applied: [{ messageId: '0123456789abcdef0123456789abcdef', generation: '7' }] }]);
  expect(messageMonitoring).toEqual([]);
});

test('every configuration of keys, ids and flags is read by a strict receiver', async () => {
  const many = [{ keyElement: 'ReceiverEmployeeID' }, { unitIds: 'sender', language: 'de' }, { assignmentsAdopted: true, defaultResponsibility: true }, { salesResponsibilities: false, messageIdInQuery: false }];
  for (const settings of many) {
    await control('POST', 'reset');
    expect(await failureOf(send(connectorFor({}, settings)))).toBeUndefined();
    expect(await state()).toMatchObject({ employees: [{ key: 'LNG' }], messageMonitoring: [] });
  }
});

test('a connector speaks of nothing it could confirm', () => {
  expect(connectorFor().confirmable).toBe(false);
});

describe('what went wrong is said in kinds', () => {
  test.each([
    [{ kind: 'soap-fault' }, { kind: 'transient', code: 'soap-fault-server' }],
    [{ kind: 'refuse' }, { kind: 'rejected', code: 'soap-fault-client' }],
    [{ kind: 'wrong-credentials' }, { kind: 'halting', code: 'http-401' }],
    [{ kind: 'throttle', value: 7 }, { kind: 'transient', code: 'http-429', retryAfterMs: 7000 }],
    [{ kind: 'server-error', value: 503 }, { kind: 'transient', code: 'http-503' }],
    [{ kind: 'server-error', value: 500 }, { kind: 'in-doubt', code: 'http-500' }],
    [{ kind: 'server-error', value: 504 }, { kind: 'in-doubt', code: 'http-504' }],
    [{ kind: 'reset-before' }, { kind: 'in-doubt' }],
    [{ kind: 'reset-after' }, { kind: 'in-doubt' }],
    [{ kind: 'down' }, { kind: 'in-doubt' }],
  ])('%j is %j', async (fault, expected) => {
    await order(fault);
    expect(await failureOf(send(connectorFor()))).toMatchObject(expected);
    const done = fault.kind === 'reset-after' ? 1 : 0;
    expect((await state()).employees).toHaveLength(done);
  });

  test('an answer that takes too long leaves us in doubt, and the work is done', async () => {
    await order({ kind: 'latency', value: 300, times: 1 });
    const connector = connectorFor({ limits: { concurrency: 1, perMinute: 0, timeoutMs: 100 } });
    expect(await failureOf(send(connector))).toMatchObject({ kind: 'in-doubt', code: 'timeout' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await state()).employees).toHaveLength(1);
  });

  test('a shutdown during the call leaves us in doubt', async () => {
    await order({ kind: 'latency', value: 10_000 });
    const stop = new AbortController();
    const failure = failureOf(send(connectorFor(), aWish(), call(undefined, stop.signal)));
    setTimeout(() => stop.abort(), 50);
    expect(await failure).toMatchObject({ kind: 'in-doubt', code: 'aborted' });
  });

  test('nobody at the address is no doubt at all', async () => {
    expect(await failureOf(send(connectorFor({ url: 'http://127.0.0.1:9' })))).toMatchObject({ kind: 'transient', code: 'econnrefused' });
  });

  test('a wrong path halts, it is not this user’s fault', async () => {
    const connector = connectorFor({}, { path: '/elsewhere' });
    expect(await failureOf(send(connector))).toMatchObject({ kind: 'halting', code: 'http-404' });
    expect(await failureOf(connector.probe(call().signal))).toMatchObject({ kind: 'halting' });
  });

  test('an error of business stays out of sight: accepted, and in the monitoring', async () => {
    await order({ kind: 'error-code', value: 4711, times: 1 });
    expect(await failureOf(send(connectorFor()))).toBeUndefined();
    expect(await state()).toMatchObject({ employees: [], messageMonitoring: [{ code: 'on-order-4711' }] });
  });
});

test('a repeated message carries the same id, so the target can notice it', async () => {
  const connector = connectorFor();
  await send(connector);
  await send(connector);
  expect(await state()).toMatchObject({ accepted: 2, duplicateMessageIds: 1, employees: [{ key: 'LNG' }] });
});

describe('the probe', () => {
  test('touches nobody and finds good credentials good', async () => {
    expect(await failureOf(connectorFor().probe(call().signal))).toBeUndefined();
    expect(await state()).toMatchObject({ accepted: 0, employees: [] });
  });

  test('finds refused credentials', async () => {
    await order({ kind: 'wrong-credentials' });
    expect(await failureOf(connectorFor().probe(call().signal))).toMatchObject({ kind: 'halting', code: 'http-401' });
  });

  test('does not halt for a target that is down', async () => {
    await order({ kind: 'down' });
    expect(await failureOf(connectorFor().probe(call().signal))).toMatchObject({ kind: 'transient' });
  });

  test('can be switched off where GET is not welcome', async () => {
    await connectorFor({}, { probe: 'none' }).probe(call().signal);
    expect(await control('GET', 'counters')).toMatchObject({ calls: 0 });
  });
});

test('other settings of content change the hash, other addresses and credentials do not', () => {
  const hash = (settings: Readonly<Record<string, unknown>>, overrides: Partial<System> = {}) => connectorFor(overrides, settings).settingsHash;
  const usual = hash({});
  expect(hash({ probe: 'none', generationHeader: false, authentication: { kind: 'basic', user: 'other', password: { env: 'P' } } }, { url: 'http://127.0.0.1:9' })).toBe(usual);
  expect(hash({ endDate: '9999-01-01' })).not.toBe(usual);
  expect(hash({ assignmentsAdopted: true })).not.toBe(usual);
});
