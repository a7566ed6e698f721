import { eventually, FrontDoor, PROXY_TOKEN, TOKEN } from '../test/front-door.ts';
import { lostAccount, seenAccount, seenGroup } from '../test/seen.ts';

const ROOT = '/ipsproxy/service/api/v1/scim/fieldglass';
const as = (token: string) => ({ authorization: `Bearer ${token}` });

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
  await eventually(async () => (await door.call('GET', '/readyz')).status === 200);
});
afterAll(() => door.close());

const get = (path: string) => door.call('GET', path.startsWith('/') ? path : `${ROOT}/${path}`, undefined, as(PROXY_TOKEN));
const list = async (path: string) => (await get(path)).body as unknown as { totalResults: number; itemsPerPage: number; startIndex: number; Resources: Record<string, unknown>[] };
const filter = (text: string): string => `filter=${encodeURIComponent(text)}`;
const shown = async (userName: string) => (await list(`Users?${filter(`userName eq "${userName}"`)}`)).Resources[0];

describe('what the target was last seen to hold', () => {
  test('is shown as SCIM users and groups, each with the other', async () => {
    await door.send(seenGroup(door.prefix, 'g-approvers', { value: 'Approvers' }), seenAccount(door.prefix, 'anna', { attributes: { userName: 'anna', emails: [{ value: 'anna@example.org' }] }, entitlements: [{ type: 'group', value: 'Approvers' }] }));
    await eventually(async () => (await shown('anna')) !== undefined && (await list('Groups')).totalResults === 1);
    const anna = await shown('anna');
    const [group] = (await list('Groups')).Resources;
    expect(anna).toMatchObject({ userName: 'anna', active: true, emails: [{ value: 'anna@example.org' }], groups: [{ value: group?.['id'], display: 'Approvers' }], meta: { resourceType: 'User', location: `${door.url}${ROOT}/Users/${String(anna?.['id'])}` } });
    expect(group).toMatchObject({ displayName: 'Approvers', members: [{ value: anna?.['id'], display: 'anna' }] });
    expect((await get(`Users/${String(anna?.['id'])}`)).body).toEqual(anna);
    expect((await get(`Groups/${String(group?.['id'])}`)).body).toEqual(group);
    expect((await list('Groups?membersType=group')).Resources[0]).toMatchObject({ members: [] });
    expect((await list('Groups?excludedAttributes=members')).Resources[0]).not.toHaveProperty('members');
  });

  test('is told under the older addresses too, with locations of the same form', async () => {
    const { Resources } = await list('/ipsproxy/api/v1/scim/fieldglass/Users');
    expect(Resources[0]).toMatchObject({ meta: { location: expect.stringContaining('/ipsproxy/api/v1/scim/fieldglass/Users/') } });
  });

  test('goes on under one id when it changes, and never backwards; what is gone is shown no more', async () => {
    await door.send(seenAccount(door.prefix, 'berta', { generation: 2, attributes: { userName: 'berta', title: 'new' } }));
    await eventually(async () => (await shown('berta')) !== undefined);
    const before = await shown('berta');
    await door.send(seenAccount(door.prefix, 'berta', { generation: 1, attributes: { userName: 'berta', title: 'old' } }), seenAccount(door.prefix, 'berta', { generation: 3, presence: 'disabled', attributes: { userName: 'berta', title: 'new' } }));
    await eventually(async () => (await shown('berta'))?.['active'] === false);
    expect(await shown('berta')).toMatchObject({ id: before?.['id'], title: 'new', active: false });
    await door.send(lostAccount(door.prefix, 'berta', 4));
    await eventually(async () => (await shown('berta')) === undefined);
    expect((await get(`Users/${String(before?.['id'])}`)).status).toBe(404);
    await door.send(seenAccount(door.prefix, 'berta', { generation: 5 }));
    await eventually(async () => (await shown('berta')) !== undefined);
    expect((await shown('berta'))?.['id']).toBe(before?.['id']);
  });

  test('a record that cannot be read is buried, and those behind it are shown', async () => {
    const broken = { ...seenAccount(door.prefix, 'broken'), value: '{"system":"fieldglass"}' };
    await door.send(broken, seenAccount(door.prefix, 'behind'));
    await eventually(async () => (await shown('behind')) !== undefined && door.letters.length > 0);
    expect(door.letters[0]?.headers).toMatchObject({ rb_error_kind: 'malformed', rb_error_code: 'bad-schema' });
  });
});

describe('lists', () => {
  const NAMES = Array.from({ length: 120 }, (_, n) => `page-${String(n).padStart(3, '0')}`);
  let marker = '';

  beforeAll(async () => {
    marker = new Date(Date.now() - 1).toISOString();
    await door.send(...NAMES.map((name) => seenAccount(door.prefix, name, { attributes: { userName: name, displayName: name === 'page-007' ? 'page-008' : name, emails: [{ value: `${name}@example.org` }] } })));
    await eventually(async () => (await shown('page-119')) !== undefined && (await list('Users')).totalResults >= 120);
  });

  test('have 25 resources without count and 100 at most, and say how many were read', async () => {
    expect(await list('Users')).toMatchObject({ startIndex: 1, itemsPerPage: 25 });
    expect(await list('Users?count=1000')).toMatchObject({ itemsPerPage: 100 });
    expect(await list('Users?count=0')).toMatchObject({ itemsPerPage: 1 });
  });

  test('are read to the end by startIndex += itemsPerPage while startIndex <= totalResults', async () => {
    const names = new Set<unknown>();
    for (let startIndex = 1, total = 1; startIndex <= total; ) {
      const page = await list(`Users?startIndex=${startIndex}&count=50`);
      page.Resources.forEach((user) => names.add(user['userName']));
      total = page.totalResults;
      startIndex += page.itemsPerPage;
    }
    expect(NAMES.filter((name) => !names.has(name))).toEqual([]);
  });

  test('find one by userName whatever its case, by e-mail, by displayName; none is an empty list, several are tooMany', async () => {
    expect((await list(`Users?${filter('userName eq "PAGE-003"')}`)).Resources).toMatchObject([{ userName: 'page-003' }]);
    expect((await list(`Users?${filter('emails[0].value eq "page-004@example.org"')}`)).Resources).toMatchObject([{ userName: 'page-004' }]);
    expect((await list(`Users?${filter('displayName eq "page-005"')}`)).Resources).toMatchObject([{ userName: 'page-005' }]);
    expect(await list(`Users?${filter('userName eq "nobody"')}`)).toMatchObject({ totalResults: 0, Resources: [] });
    expect(await get(`Users?${filter('displayName eq "page-008"')}`)).toMatchObject({ status: 400, body: { scimType: 'tooMany' } });
  });

  test.each(['userName sw "a"', 'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"', 'userName eq "a" or userName eq "b"', 'title eq "x"', 'meta.lastModified gt "yesterday"'])('other filters are refused: %s', async (text) => {
    expect(await get(`Users?${filter(text)}`)).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });

  test('tell what has changed since a moment', async () => {
    const since = await list(`Users?${filter(`meta.lastModified gt "${marker}"`)}`);
    expect(since.totalResults).toBe(120);
    const later = new Date(Date.now() + 60_000).toISOString();
    expect(await list(`Users?${filter(`meta.lastModified gt "${later}"`)}`)).toMatchObject({ totalResults: 0 });
  });

  test('show only the attributes that are asked for, of the first level; a comma alone asks for all', async () => {
    const [user] = (await list('Users?count=1&attributes=emails.value')).Resources;
    expect(Object.keys(user ?? {}).toSorted((a, b) => a.localeCompare(b))).toEqual(expect.arrayContaining(['id', 'schemas']));
    expect(user).not.toHaveProperty('userName');
    expect((await list('Users?count=1&attributes=,')).Resources[0]).toHaveProperty('userName');
    expect((await list('Users?count=1&excludedAttributes=emails')).Resources[0]).not.toHaveProperty('emails');
  });
});

describe('what cannot be read or is not served', () => {
  test('a system that shows nothing answers 501 with the reason, never a list of our own wishes', async () => {
    expect(await get('/ipsproxy/service/api/v1/scim/sales-cloud/Users')).toMatchObject({ status: 501, body: { status: '501', detail: expect.stringContaining('one-way') } });
  });

  test('each system describes what it serves', async () => {
    const config = (await get('ServiceProviderConfig')).body as unknown as Record<string, { readonly supported?: boolean }>;
    expect([config['patch']?.supported, config['bulk']?.supported, config['sort']?.supported]).toEqual([true, false, false]);
    const sales = (await get('/ipsproxy/service/api/v1/scim/sales-cloud/ServiceProviderConfig')).body as unknown as Record<string, { readonly supported?: boolean }>;
    expect(sales['patch']?.supported).toBe(false);
    expect((await list('ResourceTypes')).Resources.map(({ id }) => id)).toEqual(['User', 'Group']);
    expect((await get('Schemas/urn:ietf:params:scim:schemas:core:2.0:Group')).body).toMatchObject({ name: 'Group', meta: { location: expect.stringContaining(`${ROOT}/Schemas/`) } });
    expect((await door.call('GET', '/ipsproxy/service/api/v1/scim/nowhere/Schemas', undefined, as(PROXY_TOKEN))).status).toBe(403);
  });

  test('a caller sees its own systems only', async () => {
    expect((await door.call('GET', `${ROOT}/Users`, undefined, as(TOKEN))).status).toBe(403);
    expect((await door.call('GET', `${ROOT}/Users`, undefined, { authorization: '' })).status).toBe(401);
  });
});
