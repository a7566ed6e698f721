import { ID, OperatorService, problem, type Reply } from './test/operator-service.ts';

const WHY = ['--reason', 'Laptop stolen.'];
const LOCK = `POST /operator/users/${ID}/lock`;
const result = (changed: boolean): Reply => ({ status: 200, body: { userId: ID, presence: 'disabled', generation: 9, changed } });
const link = (more: object) => ({
  system: 'sales-cloud',
  state: 'applied',
  presence: 'disabled',
  wishedGeneration: 2,
  appliedGeneration: 2,
  userGeneration: 9,
  attempt: 0,
  nextAttemptAt: null,
  confirmable: true,
  entitlements: {},
  updatedAt: '2026-11-22T12:00:00Z',
  ...more,
});

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>) => (service = await OperatorService.open(replies));
afterEach(() => service.close());

describe('rolebridge lock', () => {
  test('is answered when it is stored', async () => {
    await open({ [LOCK]: result(true) });
    expect(await service.rolebridge(['lock', 'li.ng', ...WHY])).toEqual({ code: 0, err: '', out: 'Stored: li.ng is locked, user generation 9; rolebridge status li.ng tells how it ends.\n' });
    expect(service.orders).toEqual([{ order: LOCK, body: { reason: 'Laptop stolen.' } }]);
  });

  test('says so when there is nothing to do', async () => {
    await open({ [LOCK]: result(false) });
    expect((await service.rolebridge(['lock', ID, ...WHY])).out).toBe(`Nothing to do: ${ID} is locked already.\n`);
  });

  test('waits until it has ended at every system, and shows how', async () => {
    const links = [link({ presence: 'active' }), link({ state: 'applying' }), link({})];
    await open({ [LOCK]: result(true), [`GET /operator/users/${ID}`]: () => ({ status: 200, body: { userId: ID, systems: [links.length > 1 ? links.shift() : links[0]] } }) });
    const { code, out } = await service.rolebridge(['lock', 'li.ng', '--wait', ...WHY]);
    expect(code).toBe(0);
    expect(out).toMatch(/sales-cloud {2}applied {2}disabled\n$/);
    expect(links).toHaveLength(1);
  });

  test('ends with exit code 1 when a system has not done it in time, or refuses', async () => {
    await open({ [LOCK]: result(true), [`GET /operator/users/${ID}`]: { status: 200, body: { userId: ID, systems: [link({ state: 'rejected', failure: { kind: 'rejected', code: 'http-400', message: 'No.' } })] } } });
    expect(await service.rolebridge(['lock', 'li.ng', '--wait', ...WHY])).toMatchObject({ code: 1, err: '', out: expect.stringContaining('http-400: No.') });
    service.close();
    await open({ [LOCK]: result(true), [`GET /operator/users/${ID}`]: { status: 200, body: { userId: ID, systems: [link({ state: 'pending' })] } } });
    expect(await service.rolebridge(['lock', 'li.ng', '--wait', '--wait-seconds', '1', ...WHY])).toMatchObject({
      code: 1,
      out: expect.stringContaining('pending, not finished'),
      err: 'Not ended yet at sales-cloud. The lock is stored and goes on by itself, before other work; rolebridge status li.ng tells how it ends.\n',
    });
  });

  test.each<[string, readonly string[], Reply, number, string]>([
    ['nobody has the name', ['no body', ...WHY], result(true), 3, 'Nobody has the user name no body.'],
    ['the person left', ['li.ng', ...WHY], problem(409, 'This person left already.'), 1, 'This person left already.'],
    ['the right is missing', ['li.ng', ...WHY], problem(403, 'This needs the right operate, which bot does not have.'), 4, 'right operate'],
    ['ingest is too old', ['li.ng', ...WHY], { status: 404 }, 3, 'has no such address'],
    ['no reason is given', ['li.ng'], result(true), 2, '--reason'],
    ['a wrong time is given', ['li.ng', '--wait-seconds', 'long', ...WHY], result(true), 2, '--wait-seconds must be'],
  ])('ends with one sentence when %s', async (...[, argv, reply, code, sentence]) => {
    await open({ [LOCK]: reply });
    expect(await service.rolebridge(['lock', ...argv])).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  });
});
