import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@rolebridge/access';
import type { Dialect } from '@rolebridge/access';
import { URN } from '@rolebridge/scim';
import { parse, stringify } from 'yaml';
import { readFile } from 'node:fs/promises';
import { eventually, FrontDoor } from '../test/front-door.ts';
import type { Answer } from '../test/front-door.ts';

/** Requests as these clients send them: recorded from public documentation and open-source test collections, names changed. */
const DIALECTS = ['rfc', 'entra', 'okta', 'sap'] as const satisfies readonly Dialect[];
const secretOf = (dialect: Dialect) => `${dialect}-token-of-this-test-0123456789abcdefghij`;

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
  const file = join(door.folder, 'callers.yaml');
  const { callers } = parse(await readFile(file, 'utf8')) as { callers: readonly object[] };
  const more = await Promise.all(DIALECTS.map(async (dialect) => ({ name: dialect, dialect, rights: ['read', 'write'], secrets: [await hashSecret(secretOf(dialect), 'sha256')] })));
  await writeFile(file, stringify({ callers: [...callers, ...more] }));
  await eventually(async () => (await as('sap')('GET', 'Users?count=0')).status === 200);
});
afterAll(() => door.close());

const as = (dialect: Dialect) => (method: string, path: string, body?: unknown): Promise<Answer> => door.call(method, `/scim/v2/${path}`, body, { authorization: `Bearer ${secretOf(dialect)}` });
const shown = ({ body }: Answer) => body as unknown as Record<string, unknown> & { readonly Resources: readonly Record<string, unknown>[]; readonly id: string };
const patchOp = (...Operations: readonly object[]) => ({ schemas: [URN.patchOp], Operations });
const NOBODY = '0192f0c1-0000-7000-8000-000000000000';

describe.each(DIALECTS)('%s', (dialect) => {
  const call = as(dialect);

  test('creates, finds, changes and ends a person', async () => {
    const made = await call('POST', 'Users', { schemas: [URN.user], userName: `${dialect}-life`, active: true, emails: [{ primary: true, type: 'work', value: 'life@example.org' }] });
    expect(made.status).toBe(201);
    expect(shown(await call('GET', `Users?filter=${encodeURIComponent(`userName eq "${dialect}-LIFE"`)}&startIndex=1&count=100`)).Resources).toMatchObject([{ id: made.body.id }]);
    expect((await call('PATCH', `Users/${made.body.id}`, patchOp({ op: 'replace', path: 'active', value: false }))).body.active).toBe(false);
    expect((await call('DELETE', `Users/${made.body.id}`)).status).toBe(204);
  });

  const lenient = dialect === 'entra' || dialect === 'sap';
  test(`${lenient ? 'does not mind' : 'is told'} when what is removed is not there`, async () => {
    const { body: user } = await call('POST', 'Users', { userName: `${dialect}-missing` });
    const { body: group } = await call('POST', 'Groups', { displayName: `${dialect} missing` });
    const ofUser = await call('PATCH', `Users/${user.id}`, patchOp({ op: 'remove', path: 'emails[type eq "work"]' }));
    const ofGroup = await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'remove', path: `members[value eq "${NOBODY}"]` }));
    expect([ofUser.status, ofUser.body.scimType, ofGroup.status, ofGroup.body.scimType]).toEqual(lenient ? [200, undefined, 204, undefined] : [400, 'noTarget', 400, 'noTarget']);
  });

  test(`${dialect === 'rfc' ? 'asks for' : 'is shown'} the names of members`, async () => {
    const { body: user } = await call('POST', 'Users', { userName: `${dialect}-member` });
    const made = await call('POST', 'Groups', { displayName: `${dialect} named`, members: [{ value: user.id }] });
    const [member] = shown(made)['members'] as readonly Record<string, unknown>[];
    expect(member?.['display']).toBe(dialect === 'rfc' ? undefined : `${dialect}-member`);
    const asked = shown(await call('GET', `Groups/${made.body.id}?attributes=members.display`));
    expect(asked['members']).toEqual([{ display: `${dialect}-member` }]);
    const schema = shown(await call('GET', `Schemas/${URN.group}`)) as unknown as { attributes: readonly { name: string; subAttributes?: readonly { name: string; returned: string }[] }[] };
    const returned = schema.attributes.find(({ name }) => name === 'members')?.subAttributes?.find(({ name }) => name === 'display')?.returned;
    expect(returned).toBe(dialect === 'rfc' ? 'request' : 'default');
  });

  test(`${dialect === 'entra' ? 'may leave' : 'must not leave'} quotes away`, async () => {
    const answer = await call('GET', `Users?filter=${encodeURIComponent(`userName sw ${dialect}-`)}`);
    expect([answer.status, answer.body.scimType]).toEqual(dialect === 'entra' ? [200, undefined] : [400, 'invalidFilter']);
  });

  test(`${dialect === 'entra' ? 'does not mind' : 'is told'} when a member that is added does not exist`, async () => {
    const { body: group } = await call('POST', 'Groups', { displayName: `${dialect} unknown` });
    expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'Add', path: 'members', value: [{ value: NOBODY }] }))).status).toBe(dialect === 'entra' ? 204 : 400);
    expect((await call('POST', 'Groups', { displayName: 'x', members: [{ value: NOBODY }] })).status).toBe(400);
  });

  test('names the page size on an empty page only where a client divides by it', async () => {
    const page = shown(await call('GET', `Users?filter=${encodeURIComponent('userName eq "nobody at all"')}&count=50`));
    expect([page['totalResults'], page['itemsPerPage']]).toEqual([0, dialect === 'okta' || dialect === 'entra' ? 50 : 0]);
  });
});

test('Entra: capital operations, texts for booleans, values made by what their path demands, manager by id', async () => {
  const call = as('entra');
  const { body: boss } = await call('POST', 'Users', { userName: 'entra-boss' });
  const { body } = await call('POST', 'Users', { schemas: [URN.user, URN.enterpriseUser], externalId: '0a21f0f2', userName: 'entra-1@example.org', active: 'True', meta: { resourceType: 'User' }, name: { formatted: 'Ada Ek', familyName: 'Ek', givenName: 'Ada' }, roles: [] });
  const answer = await call('PATCH', `Users/${body.id}`, patchOp(
    { op: 'Replace', path: 'active', value: 'False' },
    { op: 'Replace', path: 'emails[type eq "work"].value', value: 'ada@example.org' },
    { op: 'Add', path: 'addresses[type eq "work"].country', value: 'SE' },
    { op: 'Add', path: `${URN.enterpriseUser}:manager`, value: { value: boss.id } },
    { op: 'Replace', value: { displayName: 'Ada', 'name.givenName': 'Adah', [`${URN.enterpriseUser}:department`]: 'Sales' } },
  ));
  expect(answer).toMatchObject({ status: 200, body: { active: false, displayName: 'Ada', name: { givenName: 'Adah', familyName: 'Ek' }, emails: [{ type: 'work', value: 'ada@example.org' }], addresses: [{ type: 'work', country: 'SE' }], [URN.enterpriseUser]: { department: 'Sales', manager: { value: boss.id } } } });
  const { body: group } = await call('POST', 'Groups', { schemas: [URN.group], externalId: '8aa1a0c0', displayName: 'entra group', meta: { resourceType: 'Group' } });
  expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'Add', path: 'members', value: [{ $ref: null, value: body.id }] }))).status).toBe(204);
  expect(shown(await call('GET', `Groups?excludedAttributes=members&filter=${encodeURIComponent('displayName eq "entra group"')}`)).Resources).toEqual([expect.not.objectContaining({ members: expect.anything() })]);
  expect((await call('GET', `Groups?filter=${encodeURIComponent(`id eq "${group.id}" and members eq "${body.id}"`)}`)).body.totalResults).toBe(1);
  expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'Remove', path: 'members', value: [{ $ref: null, value: body.id }] }))).status).toBe(204);
});

test('Okta: whole users with groups and a password in them, groups named by id in the value', async () => {
  const call = as('okta');
  const user = { schemas: [URN.user], userName: 'okta-1@example.org', name: { givenName: 'Bo', familyName: 'Ek' }, emails: [{ primary: true, value: 'bo@example.org', type: 'work' }], displayName: 'Bo Ek', locale: 'en-US', externalId: '00ujl29u', groups: [], password: '1mz050nq', active: true };
  const made = await call('POST', 'Users', user);
  expect(JSON.stringify(made.body)).not.toContain('1mz050nq');
  expect((await call('PUT', `Users/${made.body.id}`, { ...user, id: made.body.id, active: false, meta: { resourceType: 'User' } })).body.active).toBe(false);
  const { body: group } = await call('POST', 'Groups', { schemas: [URN.group], displayName: 'okta group', members: [] });
  expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'replace', value: { id: group.id, displayName: 'okta renamed' } }))).status).toBe(204);
  expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'remove', path: `members[value eq "${made.body.id}"]` }, { op: 'add', path: 'members', value: [{ value: made.body.id, display: 'bo' }] }))).status).toBe(400);
  expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'add', path: 'members', value: [{ value: made.body.id, display: 'bo' }] }))).status).toBe(204);
  expect(shown(await call('GET', `Groups/${group.id}`))).toMatchObject({ displayName: 'okta renamed', members: [{ value: made.body.id, display: 'Bo Ek' }] });
});

test('SAP: a conflict, the search for the login, the replacement of the id found; groups by name in the extension', async () => {
  const call = as('sap');
  const user = { schemas: [URN.user], userName: 'sap-1', emails: [{ value: 's@example.org', primary: true }], name: { familyName: 'Ek' } };
  await call('POST', 'Users', user);
  expect(await call('POST', 'Users', user)).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
  const [found] = shown(await call('GET', `Users?filter=${encodeURIComponent('userName eq "sap-1"')}`)).Resources;
  expect((await call('PUT', `Users/${String(found?.['id'])}`, { ...user, title: 'Dr' })).status).toBe(200);
  const { body: group } = await call('POST', 'Groups', { schemas: [URN.group, URN.sapCustomGroup, URN.sapGroup], displayName: 'sap group', [URN.sapCustomGroup]: { name: 'SAP_GROUP' }, [URN.sapGroup]: { type: 'userGroup' }, members: [{ value: found?.['id'] }] });
  expect((await call('GET', `Groups?filter=${encodeURIComponent(`${URN.sapCustomGroup}:name eq "sap_group"`)}`)).body.totalResults).toBe(1);
  expect((await call('PATCH', `Groups/${group.id}`, patchOp({ op: 'remove', path: `members[value eq "${String(found?.['id'])}"]`, value: null }))).status).toBe(204);
  const since = encodeURIComponent(`meta.lastModified gt "${new Date(Date.now() - 60_000).toISOString()}"`);
  expect((await call('GET', `Users?filter=${since}`)).body.totalResults).toBeGreaterThan(0);
});
