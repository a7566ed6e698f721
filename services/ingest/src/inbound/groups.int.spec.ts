import { parseRecord } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor } from '../test/front-door.ts';
import type { Answer } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

interface Shown {
  readonly id: string;
  readonly displayName: string;
  readonly externalId?: string;
  readonly members?: readonly { readonly value: string; readonly display: string; readonly type: string; readonly $ref: string }[];
  readonly groups?: readonly { readonly value: string; readonly display: string; readonly type: string; readonly $ref: string }[];
  readonly totalResults: number;
  readonly itemsPerPage: number;
  readonly Resources: readonly Shown[];
}
const shown = ({ body }: Answer) => body as unknown as Shown;

const user = async (userName: string, more: object = {}) => (await door.post({ schemas: [URN.user], userName, ...more })).body.id;
const group = async (displayName: string, members: readonly string[] = [], more: object = {}) =>
  shown(await door.call('POST', '/scim/v2/Groups', { schemas: [URN.group], displayName, members: members.map((value) => ({ value })), ...more }));
const patch = (id: string, ...Operations: readonly object[]) => door.call('PATCH', `/scim/v2/Groups/${id}`, { schemas: [URN.patchOp], Operations });
const read = async (path: string) => shown(await door.call('GET', `/scim/v2/${path}`));
const memberIds = async (id: string) => (await read(`Groups/${id}`)).members?.map(({ value }) => value) ?? [];
const published = (userName: string) => door.of(userName).at(-1)?.groups.map(({ name }) => name);
const settled = (userName: string, groups: readonly string[]) => eventually(() => JSON.stringify(published(userName)?.toSorted()) === JSON.stringify(groups.toSorted()));

describe('a group', () => {
  test('is created with members, answered with its place, published without members, and part of its members’ state', async () => {
    const anna = await user('g-anna', { displayName: 'Anna Ek' });
    const answer = await door.call('POST', '/scim/v2/Groups', { schemas: [URN.group, URN.sapCustomGroup], displayName: 'Sales', externalId: 'G-1', members: [{ value: anna, type: 'User' }], [URN.sapCustomGroup]: { name: 'SALES' } });
    const { id } = answer.body;
    expect([answer.status, answer.headers.get('location')]).toEqual([201, `${door.url}/scim/v2/Groups/${id}`]);
    expect(answer.body).toMatchObject({
      schemas: [URN.group, URN.sapCustomGroup], displayName: 'Sales', externalId: 'G-1', [URN.sapCustomGroup]: { name: 'SALES' },
      members: [{ value: anna, type: 'User', $ref: `${door.url}/scim/v2/Users/${anna}` }],
      meta: { resourceType: 'Group', version: 'W/"1"', location: answer.headers.get('location') },
    });
    expect((await read(`Users/${anna}`)).groups).toEqual([{ value: id, display: 'Sales', type: 'direct', $ref: `${door.url}/scim/v2/Groups/${id}` }]);
    await settled('g-anna', ['Sales']);
    expect(door.of('g-anna').at(-1)).toMatchObject({ generation: 2, groups: [{ id, name: 'Sales' }], cause: { operation: 'create', by: 'ips' } });
    await eventually(() => door.groupRecords.length > 0);
    const [record] = door.groupRecords;
    if (!record) throw new Error('none');
    expect(parseRecord('group', record).value).toMatchObject({ id, generation: 1, presence: 'active', displayName: 'Sales', externalId: 'G-1' });
    expect(record.value?.toString()).not.toContain(anna);
  });

  test('is renamed, and every member hears of it; deleted, and every member is out of it', async () => {
    const [berta, carla] = [await user('g-berta'), await user('g-carla')];
    const { id } = await group('Old', [berta, carla]);
    await settled('g-carla', ['Old']);
    expect((await patch(id, { op: 'replace', path: 'displayName', value: 'New' })).status).toBe(204);
    expect((await read(`Users/${berta}`)).groups?.map(({ display }) => display)).toEqual(['New']);
    await settled('g-berta', ['New']);
    await settled('g-carla', ['New']);
    expect((await door.call('DELETE', `/scim/v2/Groups/${id}`)).status).toBe(204);
    expect((await door.call('GET', `/scim/v2/Groups/${id}`)).status).toBe(404);
    expect((await read(`Users/${berta}`)).groups).toBeUndefined();
    await settled('g-berta', []);
    await settled('g-carla', []);
  });

  test('is replaced: members that are named stay or come, the others go; saying nothing about members keeps them', async () => {
    const [dora, emil, frida] = [await user('g-dora'), await user('g-emil'), await user('g-frida')];
    const { id } = await group('Replaced', [dora, emil]);
    const put = (body: object) => door.call('PUT', `/scim/v2/Groups/${id}`, { schemas: [URN.group], displayName: 'Replaced', ...body });
    expect(shown(await put({ members: [{ value: emil }, { value: frida }] })).members?.map(({ value }) => value).toSorted()).toEqual([emil, frida].toSorted());
    await settled('g-dora', []);
    await settled('g-frida', ['Replaced']);
    expect(shown(await put({ displayName: 'Renamed' })).members).toHaveLength(2);
    expect(shown(await put({ displayName: 'Renamed', members: [] })).members).toBeUndefined();
    await settled('g-emil', []);
    const unchanged = door.of('g-emil').length;
    const same = await put({ displayName: 'Renamed', members: [] });
    expect(same.headers.get('etag')).toBe('W/"4"');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(door.of('g-emil')).toHaveLength(unchanged);
  });

  test('is patched in every form that clients use', async () => {
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => user(`g-patch-${name}`)));
    const [a = '', b = '', c = '', d = ''] = ids;
    const { id } = await group('Patched');
    const after = async (...operations: readonly object[]) => {
      expect((await patch(id, ...operations)).status).toBe(204);
      return (await memberIds(id)).map((value) => 'abcd'[ids.indexOf(value)] ?? '?').toSorted((left, right) => left.localeCompare(right)).join('');
    };
    expect(await after({ op: 'add', path: 'members', value: [{ value: a }, { value: b, display: 'ignored' }] })).toBe('ab');
    expect(await after({ op: 'Add', value: { members: [{ value: c }], displayName: 'Patched too' } })).toBe('abc');
    expect(await after({ op: 'remove', path: `members[value eq "${a}"]` }, { op: 'add', path: `${URN.group}:members`, value: { value: d } })).toBe('bcd');
    expect(await after({ op: 'Remove', path: 'members', value: [{ value: b }, { value: 'nobody' }] })).toBe('cd');
    expect(await after({ op: 'remove', path: `MEMBERS[value eq "${c}" or value eq "${b}"]` })).toBe('d');
    expect(await after({ op: 'replace', path: 'members', value: [{ value: a }, { value: b }] })).toBe('ab');
    expect(await after({ op: 'remove', path: 'members[display eq "G-PATCH-A" or display eq "g-patch-a"]' })).toBe('b');
    expect(await after({ op: 'replace', value: { members: [{ value: c }] } })).toBe('c');
    expect(await after({ op: 'remove', path: 'members' })).toBe('');
    expect((await read(`Groups/${id}`)).displayName).toBe('Patched too');
    await settled('g-patch-c', []);
  });

  test('changes all or nothing', async () => {
    const [anna, berta] = [await user('g-atom-a'), await user('g-atom-b')];
    const { id } = await group('Atom', [anna]);
    const before = await read(`Groups/${id}`);
    const refused = await patch(id, { op: 'add', path: 'members', value: [{ value: berta }] }, { op: 'replace', path: 'displayName', value: 'Other' }, { op: 'remove', path: 'members[value eq "nobody"]' });
    expect(refused).toMatchObject({ status: 400, body: { scimType: 'noTarget' } });
    expect(await read(`Groups/${id}`)).toEqual(before);
  });

  test.each<[string, (id: string) => Promise<Answer>, number, string | undefined]>([
    ['no name', () => door.call('POST', '/scim/v2/Groups', { schemas: [URN.group] }), 400, 'invalidValue'],
    ['a member that does not exist', () => door.call('POST', '/scim/v2/Groups', { displayName: 'x', members: [{ value: 'nobody' }] }), 400, 'invalidValue'],
    ['a member that does not exist, in a PATCH', (id) => patch(id, { op: 'add', path: 'members', value: [{ value: '0192f0c1-0000-7000-8000-000000000000' }] }), 400, 'invalidValue'],
    ['itself as a member', (id) => patch(id, { op: 'add', path: 'members', value: [{ value: id }] }), 400, 'invalidValue'],
    ['a member without value', (id) => patch(id, { op: 'add', path: 'members', value: [{ display: 'x' }] }), 400, 'invalidValue'],
    ['an unknown part of a member', (id) => patch(id, { op: 'replace', path: 'members.shoes', value: 'x' }), 400, 'invalidPath'],
    ['a member changed in place', (id) => patch(id, { op: 'replace', path: 'members[type eq "User"].display', value: 'x' }), 400, 'mutability'],
    ['an unknown attribute', (id) => patch(id, { op: 'replace', path: 'shoes', value: 'x' }), 400, 'invalidPath'],
    ['the removal of the name', (id) => patch(id, { op: 'remove', path: 'displayName' }), 400, 'mutability'],
    ['an old version', (id) => door.call('PUT', `/scim/v2/Groups/${id}`, { displayName: 'x' }, { 'if-match': 'W/"99"' }), 412, undefined],
    ['an unknown id', () => door.call('GET', '/scim/v2/Groups/4711'), 404, undefined],
    ['an unknown id to be patched', () => patch('0192f0c1-0000-7000-8000-000000000000', { op: 'add', path: 'displayName', value: 'x' }), 404, undefined],
    ['a method that is not served', () => door.call('PUT', '/scim/v2/Groups', {}), 405, undefined],
  ])('refuses %s', async (_, call, status, scimType) => {
    const { id } = await group('Target');
    const answer = await call(id);
    expect(answer).toMatchObject({ status, body: { schemas: [URN.error], status: String(status) } });
    expect(answer.body.scimType).toBe(scimType);
    expect((await read(`Groups/${id}`)).displayName).toBe('Target');
  });

  test('has an entity tag that every change raises', async () => {
    const { id } = await group('Tagged');
    const path = `/scim/v2/Groups/${id}`;
    expect((await door.call('GET', path, undefined, { 'if-none-match': 'W/"0", W/"1"' })).status).toBe(304);
    expect((await door.call('PUT', path, { displayName: 'Tagged 2' }, { 'if-match': 'W/"1"' })).headers.get('etag')).toBe('W/"2"');
    expect((await door.call('DELETE', path, undefined, { 'if-match': 'W/"1"' })).status).toBe(412);
  });

  test('a delivery with a key has its first outcome told again', async () => {
    const key = { 'idempotency-key': 'group-1' };
    const body = { displayName: 'Once' };
    const [first, again] = [await door.call('POST', '/scim/v2/Groups', body, key), await door.call('POST', '/scim/v2/Groups', body, key)];
    expect([again.status, again.body.id]).toEqual([201, first.body.id]);
    expect((await door.call('POST', '/scim/v2/Groups', { displayName: 'Other' }, key)).status).toBe(422);
  });
});

describe('groups in groups', () => {
  test('whoever is in the inner group is indirectly in the outer one, also when the groups hold each other', async () => {
    const anna = await user('n-anna');
    const inner = await group('Inner', [anna]);
    const outer = await group('Outer', [inner.id]);
    expect(outer.members).toMatchObject([{ value: inner.id, type: 'Group' }]);
    expect((await read(`Groups/${outer.id}?attributes=members.display,members.value`)).members).toEqual([{ value: inner.id, display: 'Inner' }]);
    await settled('n-anna', ['Inner', 'Outer']);
    expect((await read(`Users/${anna}`)).groups?.map(({ display, type }) => [display, type])).toEqual([['Inner', 'direct'], ['Outer', 'indirect']]);
    expect((await patch(inner.id, { op: 'add', path: 'members', value: [{ value: outer.id }] })).status).toBe(204);
    await door.call('DELETE', `/scim/v2/Groups/${outer.id}`);
    await settled('n-anna', ['Inner']);
    expect(await memberIds(inner.id)).toEqual([anna]);
  });
});

describe('people who come and go', () => {
  test('whoever leaves is out of all groups, whoever returns begins without them', async () => {
    const anna = await user('l-anna', { externalId: 'L-1' });
    const { id } = await group('Leaving', [anna]);
    await settled('l-anna', ['Leaving']);
    await door.call('DELETE', `/scim/v2/Users/${anna}`);
    expect(await memberIds(id)).toEqual([]);
    expect((await door.call('GET', `/scim/v2/Groups/${id}`)).headers.get('etag')).toBe('W/"2"');
    expect(await user('l-anna', { externalId: 'L-1' })).toBe(anna);
    expect((await read(`Users/${anna}`)).groups).toBeUndefined();
    await eventually(() => door.of('l-anna').at(-1)?.generation === 4);
    expect(door.of('l-anna').at(-1)).toMatchObject({ presence: 'active', groups: [] });
  });

  test('a user who is changed keeps the groups, and cannot write them', async () => {
    const anna = await user('k-anna');
    const { id } = await group('Kept', [anna]);
    await settled('k-anna', ['Kept']);
    await door.call('PUT', `/scim/v2/Users/${anna}`, { userName: 'k-anna', title: 'Dr', groups: [] });
    await eventually(() => door.of('k-anna').at(-1)?.resource.title === 'Dr');
    expect(published('k-anna')).toEqual(['Kept']);
    const refused = await door.call('PATCH', `/scim/v2/Users/${anna}`, { schemas: [URN.patchOp], Operations: [{ op: 'remove', path: 'groups' }] });
    expect(refused).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
    expect(await memberIds(id)).toEqual([anna]);
  });
});

describe('groups are found', () => {
  const find = async (filter: string, more = '') => read(`Groups?filter=${encodeURIComponent(filter)}${more}`);

  test('by name, external id, member, and users by group', async () => {
    const [anna, berta] = [await user('f-anna'), await user('f-berta')];
    const one = await group('Fünd One', [anna], { externalId: 'F-1' });
    const two = await group('fünd two', [anna, berta]);
    const outer = await group('found outer', [two.id]);
    const names = async (filter: string) => (await find(filter)).Resources.map(({ displayName }) => displayName);
    expect(await names('displayName eq "FÜND ONE"')).toEqual(['Fünd One']);
    expect(await names('displayName sw "fünd"')).toEqual(['Fünd One', 'fünd two']);
    expect(await names('externalId eq "F-1"')).toEqual(['Fünd One']);
    expect(await names(`members.value eq "${anna}"`)).toEqual(['Fünd One', 'fünd two']);
    expect(await names(`members eq "${berta}" and displayName co "two"`)).toEqual(['fünd two']);
    expect(await names(`members[display eq "f-berta"] or id eq "${one.id}"`)).toEqual(['Fünd One', 'fünd two']);
    expect(await names('members.type eq "Group" and displayName sw "found"')).toEqual(['found outer']);
    const users = async (filter: string) => (await read(`Users?filter=${encodeURIComponent(filter)}`)).Resources.map(({ id }) => id).toSorted();
    expect(await users(`groups.value eq "${one.id}"`)).toEqual([anna]);
    expect(await users(`groups eq "${outer.id}"`)).toEqual([anna, berta].toSorted());
    expect(await users('groups.display sw "found"')).toEqual([anna, berta].toSorted());
    expect(await users(`userName sw "f-" and not (groups.value eq "${one.id}")`)).toEqual([berta]);
  });

  test('with pages, order and projections', async () => {
    for (const name of ['page c', 'page a', 'page b']) await group(name);
    const page = await find('displayName sw "page"', '&sortBy=displayName&startIndex=2&count=1');
    expect(page).toMatchObject({ totalResults: 3, itemsPerPage: 1, startIndex: 2, Resources: [{ displayName: 'page b' }] });
    const [first] = (await find('displayName eq "page a"', '&attributes=displayName')).Resources;
    expect(Object.keys(first ?? {}).toSorted()).toEqual(['displayName', 'id', 'schemas']);
    const searched = shown(await door.call('POST', '/scim/v2/Groups/.search', { schemas: [URN.searchRequest], filter: 'displayName sw "page"', count: 0 }));
    expect(searched).toMatchObject({ totalResults: 3, Resources: [] });
  });
});
