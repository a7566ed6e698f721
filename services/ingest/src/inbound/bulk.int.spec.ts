import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor, READER_TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

interface Outcome {
  readonly method: string;
  readonly bulkId?: string;
  readonly location?: string;
  readonly version?: string;
  readonly status: string;
  readonly response?: { readonly status: string; readonly scimType?: string; readonly detail: string };
}

const request = (Operations: readonly object[], more: object = {}) => ({ schemas: [URN.bulkRequest], ...more, Operations });
async function bulk(operations: readonly object[], more: object = {}, headers: Record<string, string> = {}): Promise<readonly Outcome[]> {
  const { status, body } = await door.call('POST', '/scim/v2/Bulk', request(operations, more), headers);
  expect([status, (body as unknown as { schemas: unknown }).schemas]).toEqual([200, [URN.bulkResponse]]);
  return (body as unknown as { Operations: readonly Outcome[] }).Operations;
}
const user = (userName: string, bulkId: string, more: object = {}) => ({ method: 'POST', path: '/Users', bulkId, data: { schemas: [URN.user], userName, ...more } });
const group = (displayName: string, bulkId: string, members: readonly object[]) => ({ method: 'POST', path: '/Groups', bulkId, data: { schemas: [URN.group], displayName, members } });
const idOf = (outcome: Outcome | undefined) => outcome?.location?.split('/').at(-1) ?? '';
const read = async (path: string) => (await door.call('GET', `/scim/v2/${path}`)).body as unknown as Record<string, unknown>;

describe('a bulk request', () => {
  test('creates, replaces, patches and deletes, each with its own answer (RFC 7644 §3.7.3)', async () => {
    const [alice, bob] = await bulk([user('Alice', 'qwerty'), user('Bob', 'bob')]);
    expect(alice).toEqual({ method: 'POST', bulkId: 'qwerty', location: `${door.url}/scim/v2/Users/${idOf(alice)}`, version: 'W/"1"', status: '201' });
    const outcomes = await bulk([
      { method: 'PUT', path: `/Users/${idOf(bob)}`, bulkId: 'ytrewq', version: 'W/"1"', data: { userName: 'Bob', title: 'Dr' } },
      { method: 'PATCH', path: `/Users/${idOf(bob)}`, data: { schemas: [URN.patchOp], Operations: [{ op: 'replace', path: 'nickName', value: 'bobby' }] } },
      { method: 'delete', path: `/Users/${idOf(alice)}`, version: 'W/"1"' },
      { method: 'PUT', path: `/Users/${idOf(bob)}`, version: 'W/"1"', data: { userName: 'Bob' } },
      { method: 'POST', path: '/Users', bulkId: 'again', data: { userName: 'bob' } },
      { method: 'POST', path: '/Shoes', bulkId: 's', data: {} },
      { method: 'DELETE', path: '/Users' },
    ]);
    expect(outcomes.map(({ status, version, response }) => [status, version ?? response?.scimType ?? null])).toEqual([['200', 'W/"2"'], ['200', 'W/"3"'], ['204', null], ['412', null], ['409', 'uniqueness'], ['404', null], ['405', null]]);
    expect(await read(`Users/${idOf(bob)}`)).toMatchObject({ title: 'Dr', nickName: 'bobby' });
    expect(outcomes[4]).not.toHaveProperty('location');
    await eventually(() => door.of('Bob').length === 3);
  });

  test('resolves bulkIds, also of resources that come later and in paths', async () => {
    const outcomes = await bulk([
      group('Tour Guides', 'g', [{ type: 'User', value: 'bulkId:ada' }]),
      user('ref-ada', 'ada', { [URN.enterpriseUser]: { manager: { value: 'bulkId:boss' } } }),
      user('ref-boss', 'boss'),
      { method: 'PATCH', path: '/Users/bulkId:boss', data: { schemas: [URN.patchOp], Operations: [{ op: 'add', path: 'title', value: 'Boss' }] } },
    ]);
    expect(outcomes.map(({ status, bulkId }) => [status, bulkId])).toEqual([['201', 'g'], ['201', 'ada'], ['201', 'boss'], ['200', undefined]]);
    expect(await read(`Groups/${idOf(outcomes[0])}`)).toMatchObject({ members: [{ value: idOf(outcomes[1]) }] });
    expect(await read(`Users/${idOf(outcomes[1])}`)).toMatchObject({ [URN.enterpriseUser]: { manager: { value: idOf(outcomes[2]) } } });
    expect(await read(`Users/${idOf(outcomes[2])}`)).toMatchObject({ title: 'Boss' });
  });

  test('resolves bulkIds that name each other (RFC 7644 §3.7.1)', async () => {
    const outcomes = await bulk([
      group('Group A', 'qwerty', [{ type: 'Group', value: 'bulkId:ytrewq' }]),
      group('Group B', 'ytrewq', [{ type: 'Group', value: 'bulkId:qwerty' }]),
      user('loop-a', 'a', { [URN.enterpriseUser]: { manager: { value: 'bulkId:b' } } }),
      user('loop-b', 'b', { [URN.enterpriseUser]: { manager: { value: 'bulkId:a' } } }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['201', '201', '201', '201']);
    const [a, b, c, d] = outcomes.map(idOf);
    expect(await read(`Groups/${a}`)).toMatchObject({ members: [{ value: b, type: 'Group' }], meta: { version: outcomes[0]?.version } });
    expect(await read(`Groups/${b}`)).toMatchObject({ members: [{ value: a, type: 'Group' }] });
    expect(await read(`Users/${c}`)).toMatchObject({ [URN.enterpriseUser]: { manager: { value: d } }, meta: { version: outcomes[2]?.version } });
    expect(await read(`Users/${d}`)).toMatchObject({ [URN.enterpriseUser]: { manager: { value: c } } });
  });

  test('answers 409 where a bulkId has no resource', async () => {
    const outcomes = await bulk([group('Lost', 'g', [{ value: 'bulkId:bad' }]), group('Nobody', 'h', [{ value: 'bulkId:unknown' }]), user('', 'bad')]);
    expect(outcomes.map(({ status, response }) => [status, response?.scimType])).toEqual([['409', undefined], ['409', undefined], ['400', 'invalidValue']]);
  });

  test('stops after the errors it may have, and not before', async () => {
    const operations = [user('stop-1', '1'), user('', '2'), user('stop-3', '3'), user('', '4'), user('stop-5', '5')];
    expect((await bulk(operations, { failOnErrors: 2 })).map(({ status }) => status)).toEqual(['201', '400', '201', '400']);
    expect(await read(`Users?filter=${encodeURIComponent('userName sw "stop-"')}`)).toMatchObject({ totalResults: 2 });
    expect((await bulk([user('', '1'), user('go-on', '2')])).map(({ status }) => status)).toEqual(['400', '201']);
  });

  test('keeps the order of what concerns one person', async () => {
    const [made] = await bulk([user('order', 'o')]);
    const puts = Array.from({ length: 50 }, (_, at) => ({ method: 'PUT', path: `/Users/${idOf(made)}`, data: { userName: 'order', title: String(at) } }));
    expect((await bulk(puts)).map(({ version }) => version)).toEqual(puts.map((_, at) => `W/"${at + 2}"`));
    expect(await read(`Users/${idOf(made)}`)).toMatchObject({ title: '49' });
  });

  test('with a key of its caller is told its first outcomes again', async () => {
    const key = { 'idempotency-key': 'bulk-1' };
    const first = await bulk([user('keyed', 'k'), group('keyed', 'g', [{ value: 'bulkId:k' }])], {}, key);
    expect(await bulk([user('keyed', 'k'), group('keyed', 'g', [{ value: 'bulkId:k' }])], {}, key)).toEqual(first);
  });

  test.each<[string, unknown, number]>([
    ['no schema', { Operations: [user('x', 'x')] }, 400],
    ['no operations', request([]), 400],
    ['an unknown method', request([{ method: 'GET', path: '/Users' }]), 400],
    ['a POST without bulkId', request([{ method: 'POST', path: '/Users', data: {} }]), 400],
    ['a PUT without data', request([{ method: 'PUT', path: '/Users/1' }]), 400],
    ['failOnErrors of nothing', request([user('x', 'x')], { failOnErrors: 0 }), 400],
    ['too many operations', request(Array.from({ length: 1001 }, (_, at) => user(`x${at}`, String(at)))), 413],
  ])('with %s is refused as a whole', async (_, body, status) => {
    expect(await door.call('POST', '/scim/v2/Bulk', body)).toMatchObject({ status, body: { schemas: [URN.error], status: String(status) } });
    expect(await read(`Users?filter=${encodeURIComponent('userName sw "x"')}`)).toMatchObject({ totalResults: 0 });
  });

  test('needs the right to write', async () => {
    expect((await door.call('POST', '/scim/v2/Bulk', request([user('x', 'x')]), { authorization: `Bearer ${READER_TOKEN}` })).status).toBe(403);
  });
});

describe('a search over all types (RFC 7644 §3.4.2.1)', () => {
  const search = async (body: object) => (await door.call('POST', '/scim/v2/.search', { schemas: [URN.searchRequest], ...body })).body as unknown as { totalResults: number; itemsPerPage: number; Resources: readonly Record<string, unknown>[] };

  test('finds users and groups, in one order, on one list of pages', async () => {
    await bulk([user('smith-b', 'b', { displayName: 'smith b' }), group('smith c', 'c', []), user('smith-a', 'a', { displayName: 'smith a' })]);
    const query = { filter: 'displayName sw "smith"', sortBy: 'displayName', attributes: ['displayName', 'userName'] };
    const all = await search(query);
    expect([all.totalResults, all.Resources.map(({ displayName }) => displayName)]).toEqual([3, ['smith a', 'smith b', 'smith c']]);
    expect((await search({ ...query, sortOrder: 'descending', startIndex: 2, count: 1 })).Resources).toMatchObject([{ displayName: 'smith b' }]);
    expect((await search({ filter: 'displayName sw "smith" and meta.resourceType eq "Group"' })).Resources).toMatchObject([{ displayName: 'smith c' }]);
    expect(await search({ filter: 'userName sw "smith"', count: 0 })).toMatchObject({ totalResults: 2, itemsPerPage: 0, Resources: [] });
    expect((await search({ filter: 'displayName sw "smith" and not (userName pr)' })).totalResults).toBe(1);
    expect((await door.call('POST', '/scim/v2/.search', { schemas: [URN.searchRequest], filter: 'shoes pr' })).body.scimType).toBe('invalidFilter');
  });

  test('pages by cursor say where the next one begins', async () => {
    const list = async (query: string) => (await door.call('GET', `/scim/v2/Users?count=1&attributes=userName&filter=${encodeURIComponent('userName sw "smith-"')}&${query}`)).body as unknown as { totalResults: number; nextCursor?: string; startIndex?: number; Resources: readonly { userName: string }[] };
    const first = await list('cursor');
    expect([first.totalResults, first.startIndex, first.Resources.length]).toEqual([2, undefined, 1]);
    const second = await list(`cursor=${first.nextCursor}`);
    expect(second).not.toHaveProperty('nextCursor');
    expect([...first.Resources, ...second.Resources].map(({ userName }) => userName).toSorted((left, right) => left.localeCompare(right))).toEqual(['smith-a', 'smith-b']);
    expect((await door.call('GET', `/scim/v2/Groups?cursor=${first.nextCursor}`)).body.scimType).toBe('invalidCursor');
  });

  test('can be done by who may only read', async () => {
    expect((await door.call('POST', '/scim/v2/.search', { schemas: [URN.searchRequest] }, { authorization: `Bearer ${READER_TOKEN}` })).status).toBe(200);
    expect((await door.call('POST', '/scim/v2/Users/.search', { schemas: [URN.searchRequest], filter: 'userName eq "smith-a"' }, { authorization: `Bearer ${READER_TOKEN}` })).body.totalResults).toBe(1);
    expect((await door.call('POST', '/scim/v2/Users/.search', { filter: 'userName eq "smith-a"' })).body.scimType).toBe('invalidSyntax');
  });
});
