import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor } from '../test/front-door.ts';

/** Requests and answers as RFC 7644 prints them; ids, addresses and times are ours. The section stands with each. */
let door: FrontDoor;
let bjensen: string;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

const call = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const answer = await door.call(method, `/scim/v2${path}`, body, headers);
  return { ...answer, body: answer.body as unknown as Record<string, unknown> & { readonly Resources: readonly Record<string, unknown>[]; readonly members?: readonly Record<string, unknown>[] } };
};
const patch = (path: string, ...Operations: readonly object[]) => call('PATCH', path, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations });
const own = expect.any(String);

test('§3.3 creating', async () => {
  const answer = await call('POST', '/Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'bjensen', externalId: 'bjensen', name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Jensen', givenName: 'Barbara' } }, { accept: 'application/scim+json' });
  bjensen = String(answer.body['id']);
  expect([answer.status, answer.headers.get('content-type')?.split(';')[0], answer.headers.get('location'), answer.headers.get('etag')]).toEqual([201, 'application/scim+json', `${door.url}/scim/v2/Users/${bjensen}`, 'W/"1"']);
  expect(answer.body).toEqual({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: bjensen, externalId: 'bjensen', active: true,
    meta: { resourceType: 'User', created: own, lastModified: own, location: `${door.url}/scim/v2/Users/${bjensen}`, version: 'W/"1"' },
    name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Jensen', givenName: 'Barbara' }, userName: 'bjensen',
  });
});

test('§3.4.1 retrieving a known resource; §3.14 only when it has changed', async () => {
  const answer = await call('GET', `/Users/${bjensen}`);
  expect([answer.status, answer.headers.get('etag'), answer.headers.get('location')]).toEqual([200, 'W/"1"', `${door.url}/scim/v2/Users/${bjensen}`]);
  expect(answer.body).toMatchObject({ id: bjensen, externalId: 'bjensen', userName: 'bjensen' });
  const known = await call('GET', `/Users/${bjensen}?attributes=displayName`, undefined, { 'if-none-match': 'W/"1"' });
  expect([known.status, known.body]).toEqual([304, {}]);
});

test('§3.4.2 a list shows what was asked for', async () => {
  await call('POST', '/Users', { userName: 'jsmith' });
  const answer = await call('GET', `/Users?attributes=userName&sortBy=userName`);
  expect(answer.body).toEqual({ schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: 2, startIndex: 1, itemsPerPage: 2, Resources: [{ schemas: [URN.user], id: bjensen, userName: 'bjensen' }, { schemas: [URN.user], id: own, userName: 'jsmith' }] });
});

test.each([
  'userName eq "bjensen"', `name.familyName co "O'Malley"`, 'userName sw "J"', 'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', 'title pr', 'meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified ge "2011-05-13T04:42:34Z"',
  'meta.lastModified lt "2011-05-13T04:42:34Z"', 'meta.lastModified le "2011-05-13T04:42:34Z"', 'title pr and userType eq "Employee"', 'title pr or userType eq "Intern"', 'schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"',
  'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")', 'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")', 'userType eq "Employee" and (emails.type eq "work")',
  'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]', 'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]',
])('§3.4.2.2 the filter %s', async (filter) => {
  const answer = await call('GET', `/Users?filter=${encodeURIComponent(filter)}`);
  const names = answer.body.Resources?.map((user) => user['userName']);
  const expected: Record<string, readonly string[]> = { 'userName eq "bjensen"': ['bjensen'], 'userName sw "J"': ['jsmith'], 'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"': ['jsmith'] };
  const both = filter.startsWith('meta.lastModified g') || filter.startsWith('userType ne');
  expect([answer.status, names]).toEqual([200, expected[filter] ?? (both ? ['bjensen', 'jsmith'] : [])]);
});

test('§3.4.2.4 pages; §3.4.3 the same question as a search', async () => {
  expect((await call('GET', '/Users?startIndex=1&count=10')).body).toMatchObject({ totalResults: 2, itemsPerPage: 2, startIndex: 1 });
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], attributes: ['displayName', 'userName'], filter: 'displayName sw "smith" or userName sw "j"', startIndex: 1, count: 10 };
  const answer = await call('POST', '/.search', body);
  expect(answer.body).toEqual({ schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: 1, itemsPerPage: 1, startIndex: 1, Resources: [{ schemas: [URN.user], id: own, userName: 'jsmith' }] });
});

test('§3.5.1 replacing', async () => {
  const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: bjensen, userName: 'bjensen', externalId: 'bjensen', name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Jensen', givenName: 'Barbara', middleName: 'Jane' }, roles: [], emails: [{ value: 'bjensen@example.com' }, { value: 'babs@jensen.org' }] };
  const answer = await call('PUT', `/Users/${bjensen}`, body, { 'if-match': 'W/"1"' });
  expect([answer.status, answer.headers.get('etag')]).toEqual([200, 'W/"2"']);
  const { roles: _roles, ...stays } = body;
  expect(answer.body).toEqual({ ...stays, active: true, meta: { resourceType: 'User', created: own, lastModified: own, location: own, version: 'W/"2"' } });
});

test('§3.5.2.1 adding to a group and to a user', async () => {
  const { body: group } = await call('POST', '/Groups', { displayName: 'Tour Guides' });
  const added = await patch(`/Groups/${String(group['id'])}`, { op: 'add', path: 'members', value: [{ display: 'Babs Jensen', $ref: `https://example.com/v2/Users/${bjensen}`, value: bjensen }] });
  expect([added.status, added.headers.get('etag')]).toEqual([204, 'W/"2"']);
  await eventually(() => door.of('bjensen').at(-1)?.groups.length === 1);
  const answer = await patch(`/Users/${bjensen}`, { op: 'add', value: { emails: [{ value: 'babs@jensen.org', type: 'home' }], nickName: 'Babs' } });
  expect(answer.body).toMatchObject({ nickName: 'Babs', emails: [{ value: 'bjensen@example.com' }, { value: 'babs@jensen.org' }, { value: 'babs@jensen.org', type: 'home' }] });
  const again = await patch(`/Users/${bjensen}`, { op: 'add', value: { nickName: 'Babs' } });
  expect(again.headers.get('etag')).toBe(answer.headers.get('etag'));
});

test('§3.5.2.2 removing members, one, by kind, and all', async () => {
  const { body: jsmith } = await call('GET', `/Users?filter=${encodeURIComponent('userName eq "jsmith"')}`);
  const other = String(jsmith.Resources[0]?.['id']);
  const { body: group } = await call('POST', '/Groups', { displayName: 'Removed', members: [{ value: bjensen }, { value: other }] });
  const path = `/Groups/${String(group['id'])}`;
  const members = async () => (await call('GET', path)).body.members?.map(({ value }) => value);
  expect((await patch(path, { op: 'remove', path: `members[value eq "${bjensen}"]` })).status).toBe(204);
  expect(await members()).toEqual([other]);
  expect((await patch(path, { op: 'remove', path: `members[value eq "${other}"]` }, { op: 'add', path: 'members', value: [{ value: bjensen, $ref: '../Users/x', display: 'James Smith' }] })).status).toBe(204);
  expect(await members()).toEqual([bjensen]);
  expect((await patch(path, { op: 'remove', path: 'members' })).status).toBe(204);
  expect(await members()).toBeUndefined();
  const emails = await patch(`/Users/${bjensen}`, { op: 'remove', path: 'emails[type eq "home" and value ew "jensen.org"]' });
  expect(emails.body['emails']).toEqual([{ value: 'bjensen@example.com' }, { value: 'babs@jensen.org' }]);
});

test('§3.5.2.3 replacing an address, a part of it, and attributes at once', async () => {
  await patch(`/Users/${bjensen}`, { op: 'add', path: 'addresses', value: [{ type: 'work', streetAddress: '100 Universal City Plaza', primary: true }, { type: 'home', streetAddress: '456 Hollywood Blvd' }] });
  const work = { type: 'work', streetAddress: '911 Universal City Plaza', locality: 'Hollywood', region: 'CA', postalCode: '91608', country: 'US', formatted: '911 Universal City Plaza\nHollywood, CA 91608 US', primary: true };
  expect((await patch(`/Users/${bjensen}`, { op: 'replace', path: 'addresses[type eq "work"]', value: work })).body['addresses']).toEqual([work, { type: 'home', streetAddress: '456 Hollywood Blvd' }]);
  expect((await patch(`/Users/${bjensen}`, { op: 'replace', path: 'addresses[type eq "work"].streetAddress', value: '1010 Broadway Ave' })).body['addresses']).toEqual([{ ...work, streetAddress: '1010 Broadway Ave' }, { type: 'home', streetAddress: '456 Hollywood Blvd' }]);
  const all = await patch(`/Users/${bjensen}`, { op: 'replace', value: { emails: [{ value: 'bjensen@example.com', type: 'work', primary: true }, { value: 'babs@jensen.org', type: 'home' }], nickName: 'Babs' } });
  expect(all.body).toMatchObject({ nickName: 'Babs', emails: [{ value: 'bjensen@example.com', type: 'work', primary: true }, { value: 'babs@jensen.org', type: 'home' }] });
  expect(await patch(`/Users/${bjensen}`, { op: 'replace', path: 'addresses[type eq "other"]', value: work })).toMatchObject({ status: 400, body: { scimType: 'noTarget' } });
});

test.each([
  ['replace', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', 'Sales', { department: 'Sales' }],
  ['add', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value', '26118915', { department: 'Sales', manager: { value: '26118915' } }],
  ['ADD', 'URN:IETF:params:scim:schemas:extension:enterprise:2.0:User', { COSTCENTER: '4130' }, { department: 'Sales', manager: { value: '26118915' }, costCenter: '4130' }],
  ['remove', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager', undefined, { department: 'Sales', costCenter: '4130' }],
  ['remove', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', undefined, undefined],
])('§3.10 a PATCH %s of %s', async (op, path, value, expected) => {
  const { body } = await patch(`/Users/${bjensen}`, { op, path, value });
  expect(body[URN.enterpriseUser]).toEqual(expected);
  expect((body as unknown as { schemas: readonly string[] }).schemas.includes(URN.enterpriseUser)).toBe(expected !== undefined);
});

test('§3.6 deleting, and what an error looks like (§3.12)', async () => {
  expect((await call('DELETE', `/Users/${bjensen}`, undefined, { 'if-match': 'W/"1"' })).status).toBe(412);
  const { status, body } = await call('DELETE', `/Users/${bjensen}`);
  expect([status, body]).toEqual([204, {}]);
  const gone = await call('GET', `/Users/${bjensen}`);
  expect([gone.status, gone.body]).toEqual([404, { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], detail: own, status: '404' }]);
});
