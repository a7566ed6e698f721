import { ID, NOBODY, OperatorService, problem, type Reply } from './test/operator-service.ts';

let service: OperatorService;
const open = async (replies: Readonly<Record<string, Reply>>) => (service = await OperatorService.open(replies));
afterEach(() => service.close());

const WHY = ['--reason', 'Request 4711.'];
const ERASE = `POST /operator/users/${ID}/erase`;
const ACCEPT = `POST /operator/users/${ID}/accept-erasure`;

describe('rolebridge erase', () => {
  test('orders it of the front door, and repeats no name', async () => {
    await open({ [ERASE]: { status: 200, body: { id: ID, generation: 9 } } });
    const { code, out, err } = await service.rolebridge(['erase', 'li.ng', ...WHY]);
    expect([code, err, service.orders]).toEqual([0, '', [{ order: ERASE, body: { reason: 'Request 4711.' } }]]);
    expect(out).toContain(`Erased: ${ID} is forgotten`);
    expect(out).not.toContain('li.ng');
  });

  test.each<[string, Reply, number, string]>([
    ['somebody who is here', problem(409, 'This person has not left: delete the user first.'), 1, 'has not left'],
    ['somebody unknown', problem(404, 'There is no user with this id.'), 3, 'no user with this id'],
    ['somebody erased before', problem(409, 'This person is erased already.'), 1, 'erased already'],
    ['a right that is missing', problem(403, 'This needs the right approve, which bot does not have.'), 4, 'right approve'],
    ['an answer that nobody understands', { status: 200, body: {} }, 1, 'does not understand'],
  ])('refuses %s in the words of the service', async (_, reply, code, sentence) => {
    await open({ [ERASE]: reply });
    expect(await service.rolebridge(['erase', ID, ...WHY])).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  });

  test('needs a reason, and somebody whom it knows', async () => {
    await open({});
    expect(await service.rolebridge(['erase', ID])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--reason') });
    expect(await service.rolebridge(['erase', 'nobody', ...WHY])).toMatchObject({ code: 3, err: 'Nobody has the user name nobody.\n' });
    expect(service.orders).toEqual([]);
  });
});

describe('rolebridge erasures', () => {
  const failure = { kind: 'rejected', code: 'http-400', message: 'Protected.' };
  const erasures = [{ place: 'sales-cloud', userId: ID, since: '2026-11-21T12:00:00Z', state: 'rejected', failure }];

  test('lists who is not erased where, since when and why, and what to type', async () => {
    await open({ 'GET /operator/erasures': { status: 200, body: { erasures, total: 2 } } });
    const { code, out, err } = await service.rolebridge(['erasures', '--limit', '5']);
    expect([code, err, service.asked]).toEqual([0, '', ['/operator/erasures?limit=5', '/operator/erasures?limit=5']]);
    expect(out).toContain(`sales-cloud  ${ID}  1 d ago  rejected  http-400: Protected.`);
    expect(out).toContain('rolebridge erasures accept <user>');
    expect(out).toContain('The first 2');
  });

  test('says so when nothing is open, also as JSON', async () => {
    await open({ 'GET /operator/erasures': { status: 200, body: { erasures: [], total: 0 } } });
    expect((await service.rolebridge(['erasures', 'list'])).out).toContain('Nothing is open');
    expect(JSON.parse((await service.rolebridge(['erasures', '--json'])).out)).toEqual({ erasures: [], total: 0 });
  });

  test('ends with one sentence when nobody can be reached', async () => {
    await open({});
    expect(await service.rolebridge(['erasures', '--role-mapping', NOBODY, '--ingest', NOBODY], { url: NOBODY })).toMatchObject({ code: 5, out: '', err: expect.stringContaining('is it running?') });
  });

  test('accept gives up one account by name', async () => {
    await open({ [ACCEPT]: { status: 200, body: { system: 'sales-cloud', userId: ID } } });
    const { code, out } = await service.rolebridge(['erasures', 'accept', ID, '--system', 'sales-cloud', ...WHY]);
    expect([code, service.orders]).toEqual([0, [{ order: ACCEPT, body: { system: 'sales-cloud', reason: 'Request 4711.' } }]]);
    expect(out).toContain(`Given up: nothing is kept of ${ID} at sales-cloud`);
  });

  test('accept is refused in the words of the service, and for another system at once', async () => {
    await open({ [ACCEPT]: problem(409, 'There is nothing to give up.') });
    expect(await service.rolebridge(['erasures', 'accept', ID, '--system', 'sales-cloud', ...WHY])).toMatchObject({ code: 1, err: 'There is nothing to give up.\n' });
    expect(await service.rolebridge(['erasures', 'accept', ID, '--system', 'moon', ...WHY])).toMatchObject({ code: 2, err: '--system must be one of sales-cloud.\n' });
    expect(await service.rolebridge(['erasures', 'accept', ID, '--system', 'sales-cloud'])).toMatchObject({ code: 2 });
  });
});
