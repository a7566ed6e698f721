import { ID, NOBODY, OperatorService, problem, type Reply } from './test/operator-service.ts';

const place = (name: string, more: object = {}) => ({ place: name, held: 0, dropped: 0, listing: null, enabled: true, windowMs: 600_000, share: 0.05, fromAccounts: 100, count: 10, approvals: 1, ...more });
const cause = { operation: 'delete', at: '2026-11-22T11:00:00Z', by: 'ips', correlationId: 'c-1' };
const change = (name: string, more: object = {}) => ({ place: name, userId: ID, generation: 3, number: 7, since: '2026-11-22T11:58:00Z', losses: [{ system: 'sales-cloud', loss: 'disable' }], cause, approvedBy: [], ...more });
const LISTS: Reply = { status: 200, body: { places: [place('sales-cloud', { held: 1, listing: 7, approvals: 2 })], changes: [change('sales-cloud', { approvedBy: ['olga'] })] } };
const WHY = ['--reason', 'Checked with HR.'];

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>) => (service = await OperatorService.open(replies));
afterEach(() => service.close());

describe('rolebridge brake list', () => {
  test('tells who is held where, what each would lose, why, and what to type', async () => {
    await open({ 'GET /operator/brake?limit=1000&dropped=false&place=sales-cloud': LISTS });
    const { code, out, err } = await service.rolebridge(['brake', 'list', '--system', 'sales-cloud']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`sales-cloud  ${ID}  2 min ago  disable  delete by ips (c-1)  approved by olga; 2 needed`);
    expect(out).toContain('sales-cloud: 1 held; at most 5 % (fewer than 100: 10 people) in 10 min, 2 operators to release.');
    expect(out).toContain('rolebridge brake release --listing 7 --system sales-cloud');
  });

  test('asks role-mapping and every connector', async () => {
    await open({ 'GET /operator/brake': { status: 200, body: { places: [place('role-mapping')], changes: [] } } });
    const { code, out, err } = await service.rolebridge(['brake', 'list']);
    expect([code, err, service.asked.length]).toEqual([0, '', 2]);
    expect(out).toContain('role-mapping: 0 held;');
  });

  test.each<[string, Reply, number, string]>([
    ['a service that is too old', { status: 404 }, 1, 'has no such address'],
    ['an answer that nobody understands', { status: 200, body: { places: 1 } }, 1, 'does not understand'],
    ['a right that is missing', problem(403, 'This needs the right read, which bot does not have.'), 4, 'right read'],
    ['a wrong question', problem(400, 'limit: must be a whole number from 1 to 10000.'), 1, 'limit: must be'],
  ])('ends with one sentence at %s', async (_, reply, code, sentence) => {
    await open({ 'GET /operator/brake': reply });
    expect(await service.rolebridge(['brake', 'list', '--system', 'sales-cloud'])).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  });

  test('takes a limit that a listing can have', async () => {
    await open({});
    expect(await service.rolebridge(['brake', 'list', '--limit', '0'])).toMatchObject({ code: 2, err: '--limit must be a whole number from 1 to 10000.\n' });
    expect(service.asked).toEqual([]);
  });

  test('does not know another system', async () => {
    await open({});
    expect(await service.rolebridge(['brake', 'list', '--system', 'moon'])).toMatchObject({ code: 2, err: '--system must be one of sales-cloud, role-mapping.\n' });
  });
});

describe.each([['release', 'Released: 1 change at sales-cloud'], ['drop', 'Dropped: 1 change at sales-cloud']])('rolebridge brake %s', (kind, success) => {
  const route = `POST /operator/brake/${kind}`;
  const done: Reply = { status: 200, body: { done: 1, waiting: 0, repeated: 0, approvals: 1 } };

  test('decides about one person', async () => {
    await open({ [route]: done });
    expect(await service.rolebridge(['brake', kind, 'li.ng', '--system', 'sales-cloud', ...WHY])).toMatchObject({ code: 0, err: '', out: expect.stringContaining(success) });
    expect(service.orders).toEqual([{ order: route, body: { place: 'sales-cloud', userId: ID, reason: 'Checked with HR.' } }]);
  });

  test('decides about what a listing showed, also at the brake over all systems', async () => {
    await open({ [route]: done });
    expect((await service.rolebridge(['brake', kind, '--listing', '7', '--system', 'role-mapping', ...WHY])).code).toBe(0);
    expect(service.orders).toEqual([{ order: route, body: { place: 'role-mapping', listing: 7, reason: 'Checked with HR.' } }]);
  });

  test.each([
    ['neither user nor listing', ['--system', 'sales-cloud', ...WHY], 'Give a user, or --listing'],
    ['both', ['li.ng', '--listing', '7', '--system', 'sales-cloud', ...WHY], 'Give a user, or --listing'],
    ['a listing that is no number', ['--listing', 'all', '--system', 'sales-cloud', ...WHY], '--listing must be the number'],
    ['no reason', ['li.ng', '--system', 'sales-cloud'], '--reason'],
    ['no system', ['li.ng', ...WHY], '--system'],
    ['an unknown system', ['li.ng', '--system', 'moon', ...WHY], '--system must be one of sales-cloud, role-mapping.'],
  ])('%s is wrong usage and orders nothing', async (_, argv, sentence) => {
    await open({ [route]: done });
    expect(await service.rolebridge(['brake', kind, ...argv])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(service.orders).toEqual([]);
  });

  test('says so when nothing is held, in the words of the service', async () => {
    await open({ [route]: problem(409, 'Nothing is held for user x at sales-cloud.') });
    expect(await service.rolebridge(['brake', kind, 'li.ng', '--system', 'sales-cloud', ...WHY])).toMatchObject({ code: 1, out: '', err: 'Nothing is held for user x at sales-cloud.\n' });
  });

  test('says so when the service is away', async () => {
    await open({});
    expect(await service.rolebridge(['brake', kind, ID, '--system', 'sales-cloud', ...WHY], { url: NOBODY })).toMatchObject({ code: 5, err: expect.stringContaining('is it running?') });
  });
});

test('where a second operator is needed the first is told', async () => {
  await open({ 'POST /operator/brake/release': { status: 200, body: { done: 0, waiting: 3, repeated: 3, approvals: 2 } } });
  const { out } = await service.rolebridge(['brake', 'release', '--listing', '7', '--system', 'sales-cloud', ...WHY]);
  expect(out).toBe('Noted: 3 changes at sales-cloud, to be agreed by 2 different operators; one more has to release. You had approved 3 of them before.\n');
});
