import { ID, NOBODY, OperatorService, problem, type Reply } from './test/operator-service.ts';

const WHY = ['--reason', 'A drill.'];
const START = 'POST /operator/replays';
const LIST = 'GET /operator/replays';
const status = (more: object = {}) => ({ id: 7, consumer: 'connector-sales-cloud', topic: 't', state: 'running', offsets: 100, passed: 50, records: 40, changed: 0, unreadable: 0, operator: 'anna', startedAt: '2026-11-22T12:00:00Z', endedAt: null, ...more });
const ok = (body: unknown): Reply => ({ status: 200, body });

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>) => (service = await OperatorService.open(replies));
afterEach(() => service.close());

describe('rolebridge replay', () => {
  test('shows how far it is and says at the end that nothing was changed', async () => {
    const states = [status({ records: 40 }), status({ state: 'done', passed: 100, records: 90 })];
    await open({ [START]: ok(status({ records: 0, passed: 0 })), [LIST]: () => ({ status: 200, body: { replays: [states.length > 1 ? states.shift() : states[0]] } }) });
    expect(await service.rolebridge(['replay', 'sales-cloud', '--from-beginning', ...WHY])).toEqual({
      code: 0,
      err: 'connector-sales-cloud: 40 records read, 50 %\n',
      out: 'Replay 7 of connector-sales-cloud: 90 records were read again; nothing was changed.\n',
    });
    expect(service.orders).toEqual([{ order: START, body: { consumer: 'connector-sales-cloud', from: 'beginning', reason: 'A drill.' } }]);
  });

  test.each([
    [['role-mapping', '--from-time', '2026-11-22T06:00:00+01:00'], { consumer: 'role-mapping', from: 'time', time: '2026-11-22T05:00:00.000Z' }],
    [['role-mapping', '--from-time', '2h'], { consumer: 'role-mapping', from: 'time', time: '2026-11-22T10:00:00.000Z' }],
    [['sales-cloud', '--from-offset', '4711', '--partition', '3'], { consumer: 'connector-sales-cloud', from: 'offset', offset: 4711, partition: 3 }],
  ])('takes %j', async (argv, body) => {
    await open({ [START]: ok(status({ state: 'done', changed: 2, unreadable: 1 })) });
    const { code, out } = await service.rolebridge(['replay', ...argv, ...WHY]);
    expect([code, out]).toEqual([0, expect.stringContaining('2 were news and are applied now.\n1 of them cannot be read')]);
    expect(service.orders).toMatchObject([{ body }]);
  });

  test('says that no record stands at the place, instead of that all is well', async () => {
    await open({ [START]: ok(status({ state: 'done', records: 0 })) });
    const nothing = 'Replay 7 of connector-sales-cloud: no record stands there; t ends before that place, or is empty.\n';
    expect(await service.rolebridge(['replay', 'sales-cloud', '--from-offset', '99999', ...WHY])).toEqual({ code: 3, err: '', out: nothing });
    expect(await service.rolebridge(['replay', 'sales-cloud', '--from-beginning', ...WHY])).toMatchObject({ code: 0, out: nothing });
  });

  test('stops the one that runs, and says so when none does', async () => {
    await open({ [LIST]: ok({ replays: [status({ id: 8, consumer: 'other' }), status()] }), 'POST /operator/replays/7/stop': ok(status({ state: 'stopped' })) });
    expect(await service.rolebridge(['replay', 'sales-cloud', '--stop', ...WHY])).toMatchObject({ code: 0, out: expect.stringContaining('was stopped after 40 records') });
    expect(await service.rolebridge(['replay', 'role-mapping', '--stop', ...WHY])).toMatchObject({ code: 1, err: 'No replay of role-mapping runs.\n' });
  });

  test.each<[string, readonly string[], Reply, number, string]>([
    ['no place', ['sales-cloud', ...WHY], ok(status()), 2, 'Give one of --from-beginning'],
    ['two places', ['sales-cloud', '--from-beginning', '--from-offset', '1', ...WHY], ok(status()), 2, 'Give one of --from-beginning'],
    ['a wrong offset', ['sales-cloud', '--from-offset', '-1', ...WHY], ok(status()), 2, '--from-offset must be a whole number.'],
    ['a wrong time', ['sales-cloud', '--from-time', 'yesterday', ...WHY], ok(status()), 2, '--from-time must be a time like'],
    ['a day that the calendar does not have', ['sales-cloud', '--from-time', '2026-02-31', ...WHY], ok(status()), 2, '--from-time must be a time like'],
    ['an unknown system', ['moon', '--from-beginning', ...WHY], ok(status()), 2, 'The consumer must be one of sales-cloud, role-mapping.'],
    ['no reason', ['sales-cloud', '--from-beginning'], ok(status()), 2, '--reason'],
    ['another one that runs', ['sales-cloud', '--from-beginning', ...WHY], problem(409, 'A replay of connector-sales-cloud runs already.'), 1, 'runs already'],
    ['a partition that is not there', ['sales-cloud', '--from-beginning', '--partition', '77', ...WHY], problem(400, 't has no partition 77.'), 1, 'has no partition 77.'],
    ['a missing right', ['sales-cloud', '--from-beginning', ...WHY], problem(403, 'This needs the right operate.'), 4, 'right operate'],
    ['an old service', ['sales-cloud', '--from-beginning', ...WHY], { status: 404 }, 3, 'has no such address'],
  ])('ends with one sentence at %s', async (...[, argv, reply, code, sentence]) => {
    await open({ [START]: reply, [LIST]: ok({ replays: [] }) });
    expect(await service.rolebridge(['replay', ...argv])).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  });

  test('a stopped service is named', async () => {
    await open({});
    expect(await service.rolebridge(['replay', 'role-mapping', '--from-beginning', ...WHY], { url: NOBODY })).toMatchObject({ code: 5, err: expect.stringContaining('is it running?') });
  });

  test('a replay that failed is exit code 1', async () => {
    await open({ [START]: ok(status({ state: 'failed', problem: 'No.' })) });
    expect(await service.rolebridge(['replay', 'sales-cloud', '--from-beginning', ...WHY])).toMatchObject({ code: 1, out: expect.stringContaining('failed after 40 records: No.') });
  });
});

describe('rolebridge reapply', () => {
  const route = 'POST /operator/reapply';
  const reapply = (more: object = {}) => ok({ system: 'sales-cloud', people: 9, done: 0, running: true, operator: 'anna', startedAt: '2026-11-22T12:00:00Z', ...more });

  test('one person, everybody at a rate, or the end of it', async () => {
    await open({ [route]: reapply(), 'POST /operator/reapply/stop': reapply({ running: false, done: 4 }) });
    expect((await service.rolebridge(['reapply', 'sales-cloud', '--user', 'li.ng', ...WHY])).code).toBe(0);
    expect((await service.rolebridge(['reapply', 'sales-cloud', '--all', '--rate', '10/s', ...WHY])).out).toBe('sales-cloud: 9 accounts are to be looked at again, 0 so far; it goes on in the connector.\n');
    expect((await service.rolebridge(['reapply', 'sales-cloud', '--stop', ...WHY])).out).toBe('sales-cloud: stopped; 4 of 9 accounts were made due before, the others are left alone.\n');
    expect(service.orders.map(({ body }) => body)).toMatchObject([{ system: 'sales-cloud', userId: ID }, { system: 'sales-cloud', all: true, perMinute: 600 }, { system: 'sales-cloud' }]);
  });

  test.each<[string, readonly string[], Reply, number, string]>([
    ['nobody', ['sales-cloud', ...WHY], reapply(), 2, 'Give one of --user, --all and --stop.'],
    ['a wrong rate', ['sales-cloud', '--all', '--rate', '0', ...WHY], reapply(), 2, '--rate must be'],
    ['an unknown system', ['moon', '--all', ...WHY], reapply(), 2, 'The system must be one of'],
    ['an unknown person', ['sales-cloud', '--user', ID, ...WHY], problem(404, 'sales-cloud does not know user x.'), 3, 'does not know user'],
    ['one that is under way', ['sales-cloud', '--all', ...WHY], problem(409, 'A reapply of sales-cloud is under way already.'), 1, 'under way already'],
  ])('ends with one sentence at %s', async (...[, argv, reply, code, sentence]) => {
    await open({ [route]: reply });
    expect(await service.rolebridge(['reapply', ...argv])).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  });
});

describe('rolebridge republish', () => {
  test('everybody, part by part', async () => {
    await open({ 'POST /operator/republish': ok({ published: 500, unsendable: 0, next: ID }), [`POST /operator/republish?after=${ID}`]: ok({ published: 3, unsendable: 0, next: null }) });
    expect(await service.rolebridge(['republish', 'ingest', '--all', ...WHY])).toEqual({ code: 0, err: '500 so far\n', out: 'Emitted again: 503 states.\n' });
  });

  test('one person, at either service', async () => {
    await open({ [`POST /operator/users/${ID}/republish`]: ok({ published: 2, unsendable: 0, next: null, userId: ID, presence: 'active', generation: 1, changed: true }) });
    for (const name of ['ingest', 'role-mapping']) expect(await service.rolebridge(['republish', name, '--user', 'li.ng', ...WHY])).toMatchObject({ code: 0, out: 'Emitted again: li.ng.\n' });
  });

  test('what cannot be sent is told with exit code 1', async () => {
    await open({ 'POST /operator/republish': ok({ published: 5, unsendable: 1, next: null }) });
    expect(await service.rolebridge(['republish', 'role-mapping', '--all', ...WHY])).toMatchObject({ code: 1, err: expect.stringContaining('1 states cannot be sent') });
  });

  test.each([
    [['journal', '--all'], 'The service must be ingest or role-mapping.'],
    [['ingest'], 'Give one of --user and --all.'],
    [['ingest', '--all', '--user', 'x'], 'Give one of --user and --all.'],
  ])('%j is wrong usage', async (argv, sentence) => {
    await open({});
    expect(await service.rolebridge(['republish', ...argv, ...WHY])).toMatchObject({ code: 2, err: `${sentence}\n` });
  });
});
