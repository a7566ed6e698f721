import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@rolebridge/access';
import type { IdentityUser } from '@rolebridge/contracts';
import { stringify } from 'yaml';
import { eventually, FrontDoor, OPERATOR_TOKEN, TOKEN } from '../test/front-door.ts';

const COD = '/http/ips/cod/employeeips';
const FIELDGLASS = '/IDM_IPS/Fieldglass_EmployeeReplication';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
  const entry = async (name: string, secret: string, more: object) => ({ name, rights: ['read', 'write'], secrets: [await hashSecret(secret, 'sha256')], ...more });
  const callers = [await entry('ips', TOKEN, { systems: ['sales-cloud', 'fieldglass'] }), await entry('cod-only', 'cod-only-0123456789abcdef0123456789', { systems: ['sales-cloud'] })];
  await writeFile(join(door.folder, 'callers.yaml'), stringify({ callers }));
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the file is looked at once a second
}, 120_000);
afterAll(() => door.close());

const person = (userName: string, more: object = {}) => ({ userName, name: { familyName: 'Ng' }, ...more });

/** What was published last about somebody, once it is what the row says. */
async function published(userName: string): Promise<IdentityUser | undefined> {
  const [row] = await door.sql<{ generation: number }>('select generation from users where user_name_key = $1', [userName]);
  await eventually(() => door.of(userName).at(-1)?.generation === row?.generation);
  return door.of(userName).at(-1);
}

describe('the old paths', () => {
  test('answer as the old flows did', async () => {
    const answer = await door.call('POST', COD, person('old-1'));
    expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([
      201,
      expect.stringContaining('application/scim+json'),
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        id: 'old-1',
        externalId: '',
        userName: 'old-1',
        name: { formatted: '', familyName: '', givenName: '', middleName: '', honorificPrefix: '', honorificSuffix: '' },
        meta: { resourceType: 'User', location: '' },
      },
    ]);
  });

  test('write the account of one system each; rules open no other', async () => {
    await door.call('POST', COD, person('old-2', { title: 'Dr' }));
    expect(await published('old-2')).toMatchObject({ presence: 'active', accounts: 'requested', requested: { 'sales-cloud': { presence: 'active' } } });
    expect(Object.keys((await published('old-2'))?.requested ?? {})).toEqual(['sales-cloud']);
    await door.call('POST', FIELDGLASS, person('old-2', { nickName: 'O' }));
    expect(await published('old-2')).toMatchObject({ resource: { title: 'Dr', nickName: 'O' }, requested: { 'sales-cloud': { presence: 'active' }, fieldglass: { presence: 'active' } } });
    expect(await door.sql('select id from users where user_name_key = $1', ['old-2'])).toHaveLength(1);
  });

  test('whatever stands before them, and with the id of before', async () => {
    await door.call('POST', `/a/b/c${COD}/Users`, person('old-3'));
    for (const path of [`${COD}/old-3`, `${COD}/Users/old-3`, `/x${COD}/OLD-3/`]) {
      const answer = await door.call('PUT', path, person('old-3', { title: path }));
      expect([path, answer.status, answer.body.userName]).toEqual([path, 201, 'old-3']);
      expect((await published('old-3'))?.resource.title).toBe(path);
    }
  });

  test('keep an id through a change of login', async () => {
    await door.call('POST', COD, person('old-4'));
    const renamed = await door.call('PUT', `${COD}/old-4`, person('old-4-married'));
    expect([renamed.status, renamed.body.id, renamed.body.userName]).toEqual([201, 'old-4', 'old-4-married']);
    await door.call('PUT', `${COD}/old-4`, person('old-4-married', { title: 'Dr' }));
    expect(await published('old-4-married')).toMatchObject({ resource: { title: 'Dr' } });
    expect((await door.call('DELETE', `${COD}/old-4`)).status).toBe(204);
    expect(await published('old-4-married')).toMatchObject({ presence: 'active', requested: { 'sales-cloud': { presence: 'absent' } } });
    expect(await door.sql(`select id from users where user_name_key like 'old-4%'`)).toHaveLength(1);
  });

  test('take an id from before the change of host: PUT makes the user of the body', async () => {
    expect((await door.call('PUT', `${COD}/id-of-before`, person('old-5'))).status).toBe(201);
    expect(await published('old-5')).toMatchObject({ requested: { 'sales-cloud': { presence: 'active' } } });
    expect((await door.call('DELETE', `${COD}/id-of-before`)).status).toBe(204);
    expect(await published('old-5')).toMatchObject({ requested: { 'sales-cloud': { presence: 'absent' } } });
  });

  test('lock one account and leave the person usable', async () => {
    await door.call('POST', COD, person('old-6', { active: false }));
    await door.call('POST', FIELDGLASS, person('old-6', { active: true }));
    expect(await published('old-6')).toMatchObject({ presence: 'active', requested: { 'sales-cloud': { presence: 'disabled' }, fieldglass: { presence: 'active' } } });
  });

  test('let somebody leave one system only, also whoever came by SCIM', async () => {
    const made = await door.post(person('old-7'));
    expect((await door.call('DELETE', `${FIELDGLASS}/old-7`)).status).toBe(204);
    const left = await published('old-7');
    expect(left).toMatchObject({ id: made.body.id, presence: 'active', requested: { fieldglass: { presence: 'absent' } } });
    expect(left).not.toHaveProperty('accounts');
    expect((await door.call('GET', `/scim/v2/Users/${made.body.id}`)).status).toBe(200);
    await door.call('POST', FIELDGLASS, person('old-7'));
    expect(await published('old-7')).toMatchObject({ requested: { fieldglass: { presence: 'active' } } });
  });

  test('report the end of somebody unknown to operators', async () => {
    expect((await door.call('DELETE', `${FIELDGLASS}/nobody-knows`, undefined, { 'x-correlation-id': 'c-unknown' })).status).toBe(204);
    const answer = await door.call('GET', '/operator/unknown-leavers', undefined, { authorization: `Bearer ${OPERATOR_TOKEN}` });
    expect(answer.body).toEqual({ leavers: [{ system: 'fieldglass', id: 'nobody-knows', caller: 'ips', correlationId: 'c-unknown', reportedAt: expect.any(String) }] });
  });

  test('tell nothing new when nothing is new', async () => {
    await door.call('POST', COD, person('old-8'));
    const before = await published('old-8');
    await door.call('PUT', `${COD}/old-8`, person('old-8'));
    await door.call('POST', COD, person('old-8'));
    expect((await published('old-8'))?.generation).toBe(before?.generation);
  });

  test('are open to callers of their system only', async () => {
    const asCod = { authorization: 'Bearer cod-only-0123456789abcdef0123456789' };
    expect((await door.call('POST', COD, person('old-9'), asCod)).status).toBe(201);
    const refused = await door.call('POST', FIELDGLASS, person('old-9'), asCod);
    expect([refused.status, refused.body.detail]).toEqual([403, 'This needs the system fieldglass, which cod-only may not use.']);
    expect((await door.call('POST', COD, person('old-9'), { authorization: '' })).status).toBe(401);
  });

  test.each([
    ['no user name', 'POST', COD, { name: { familyName: 'Ng' } }, 400],
    ['no body', 'PUT', `${COD}/x`, undefined, 400],
    ['another method', 'PATCH', `${COD}/x`, {}, 405],
    ['no id to delete', 'DELETE', COD, undefined, 400],
    ['an id that no database stores', 'DELETE', `${COD}/a%00b`, undefined, 404],
    ['nearly the path', 'POST', '/ips/cod/employee', {}, 404],
    ['a name that begins like it', 'POST', '/ips/cod/employeeipsx', {}, 404],
  ] as const)('refuse %s', async (...[, method, path, body, status]) => {
    const answer = await door.call(method, path, body);
    expect([path, answer.status]).toEqual([path, status]);
  });
});
