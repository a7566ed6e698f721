import { validate } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor, OPERATOR_TOKEN, READER_TOKEN, TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

const anna = (userName: string, more: object = {}) => ({ schemas: [URN.user], userName, name: { familyName: 'Ek' }, active: true, ...more });

describe('a user that is accepted', () => {
  test('is stored, answered with its place, and published with the whole person', async () => {
    const custom = { attributes: [{ name: 'z_assignedInstitutes', value: '100, 200,' }, { name: 'z_primaryInstitute', value: '100' }] };
    const answer = await door.post(anna('anna', { employeeNumber: '1', [URN.sapCustomUser]: custom }), { 'x-correlation-id': 'request-1' });
    const { id } = answer.body;
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`${door.url}/scim/v2/Users/${id}`);
    expect(answer.headers.get('x-correlation-id')).toBe('request-1');
    expect(answer.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect(answer.body).toMatchObject({ schemas: [URN.user, URN.enterpriseUser, URN.sapCustomUser], userName: 'anna', meta: { resourceType: 'User', location: answer.headers.get('location'), version: 'W/"1"' } });
    await eventually(() => door.of('anna').length === 1);
    const [user] = door.of('anna');
    expect(validate('user', user)).toMatchObject({ ok: true });
    expect(user).toMatchObject({ id, generation: 1, presence: 'active', units: ['100', '200'], primaryUnit: '100', groups: [], requested: {}, cause: { operation: 'create', by: 'ips', correlationId: 'request-1' } });
    const record = door.records.find(({ key }) => key === id);
    expect(record?.headers).toMatchObject({ ce_source: '/rolebridge/ingest', ce_subject: id, ce_correlationid: 'request-1', ce_type: 'io.rolebridge.identity.user.v1' });
  });

  test('is found by id and by login, whatever its case, and in the list', async () => {
    const { body } = await door.post(anna('berta'));
    expect((await door.call('GET', `/scim/v2/Users/${body.id}`)).body).toEqual(body);
    expect((await door.call('GET', `/scim/v2/Users?filter=${encodeURIComponent('userName eq "BERTA"')}`)).body).toMatchObject({ totalResults: 1, itemsPerPage: 1, Resources: [body] });
    expect((await door.call('GET', `/scim/v2/Users?filter=${encodeURIComponent('userName eq "nobody"')}`)).body).toMatchObject({ totalResults: 0, Resources: [] });
    const list = await door.call('GET', '/scim/v2/Users?startIndex=2&count=1&attributes=userName');
    expect(list.body).toMatchObject({ startIndex: 2, itemsPerPage: 1, Resources: [{ userName: 'berta' }] });
    expect(list.body.totalResults).toBeGreaterThanOrEqual(2);
    expect((await door.call('GET', '/scim/v2/Users?count=0')).body).toMatchObject({ itemsPerPage: 0, Resources: [] });
  });

  test('has an entity tag that serves reading and writing', async () => {
    const { body, headers } = await door.post(anna('carla'));
    const path = `/scim/v2/Users/${body.id}`;
    expect((await door.call('GET', path, undefined, { 'if-none-match': headers.get('etag') ?? '' })).status).toBe(304);
    expect((await door.call('PUT', path, anna('carla', { title: 'Dr' }), { 'if-match': 'W/"99"' })).status).toBe(412);
    expect((await door.call('PUT', path, anna('carla', { title: 'Dr' }), { 'if-match': headers.get('etag') ?? '' })).headers.get('etag')).toBe('W/"2"');
  });
});

describe('changes', () => {
  test('a mover, a rename, a lock and a leaver each raise the generation; saying the same again does not', async () => {
    const { body } = await door.post(anna('dora'));
    const path = `/scim/v2/Users/${body.id}`;
    const patch = (...Operations: readonly object[]) => door.call('PATCH', path, { schemas: [URN.patchOp], Operations });
    expect((await door.call('PUT', path, anna('dora', { title: 'Dr' }))).body.title).toBe('Dr');
    expect((await door.call('PUT', path, anna('dora', { title: 'Dr' }))).body.meta.version).toBe('W/"2"');
    expect((await patch({ op: 'replace', path: 'userName', value: 'dora.new' })).body).toMatchObject({ id: body.id, userName: 'dora.new' });
    expect((await patch({ op: 'Replace', value: { active: 'False' } })).body.active).toBe(false);
    expect((await door.call('DELETE', path)).status).toBe(204);
    expect((await door.call('DELETE', path)).status).toBe(404);
    expect((await door.call('GET', path)).status).toBe(404);
    expect((await door.call('PUT', path, anna('dora'))).status).toBe(404);
    await eventually(() => door.users.some(({ id, presence }) => id === body.id && presence === 'absent'));
    const told = door.users.filter(({ id }) => id === body.id).map(({ generation, presence, cause }) => [generation, presence, cause.operation]);
    expect(told).toEqual([[1, 'active', 'create'], [2, 'active', 'replace'], [3, 'active', 'patch'], [4, 'disabled', 'patch'], [5, 'absent', 'delete']]);
  });

  test('a person who returns keeps the id and continues the generations (L20)', async () => {
    const first = await door.post(anna('emil', { externalId: 'E-1' }));
    await door.call('DELETE', `/scim/v2/Users/${first.body.id}`);
    const again = await door.post(anna('emil.b', { externalId: 'E-1' }));
    expect([again.status, again.body.id, again.body.meta.version]).toEqual([201, first.body.id, 'W/"3"']);
    const other = await door.post(anna('emil', { externalId: 'E-2' }));
    expect(other.body.id).not.toBe(first.body.id);
  });

  test('a login that is in use is refused, also by a rename, and free again after the leaver', async () => {
    const { body } = await door.post(anna('frida'));
    const { body: other } = await door.post(anna('gerd'));
    expect(await door.post(anna('FRIDA'))).toMatchObject({ status: 409, body: { status: '409', scimType: 'uniqueness' } });
    expect((await door.call('PUT', `/scim/v2/Users/${other.id}`, anna('frida'))).status).toBe(409);
    expect((await door.call('PATCH', `/scim/v2/Users/${other.id}`, { schemas: [URN.patchOp], Operations: [{ op: 'replace', path: 'userName', value: 'Frida' }] })).status).toBe(409);
    await door.call('DELETE', `/scim/v2/Users/${body.id}`);
    expect((await door.post(anna('frida'))).status).toBe(201);
  });

  test('of many that create one login at once exactly one is accepted, and one event goes out', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => door.post(anna('hugo'))));
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([201, ...Array<number>(19).fill(409)]);
    await eventually(() => door.of('hugo').length > 0);
    expect(door.of('hugo')).toHaveLength(1);
  });

  test('a thousand at once do not mix', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `crowd-${at}`);
    const answers = await Promise.all(names.map((name) => door.post(anna(name, { title: `title of ${name}` }))));
    expect(answers.map(({ status, body }) => [status, body.userName, body.title])).toEqual(names.map((name) => [201, name, `title of ${name}`]));
    await eventually(() => door.users.filter(({ resource }) => resource.userName.startsWith('crowd-')).length === 1000);
    const published = new Map(door.users.map(({ resource, id }) => [resource.userName, id]));
    expect(answers.every(({ body }) => published.get(body.userName) === body.id)).toBe(true);
  });
});

describe('a delivery with a key of its caller (L9)', () => {
  test('has its first outcome told again, whatever happened since', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const first = await door.post(anna('ida'), key);
    await door.call('PUT', `/scim/v2/Users/${first.body.id}`, anna('ida', { title: 'later' }));
    const again = await door.post(anna('ida'), key);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect((await door.post(anna('jan'), key)).status).toBe(422);
    expect((await door.post(anna('jan'))).status).toBe(201);
  });

  test('is judged once also when both arrive at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => door.post(anna('kim'), { 'idempotency-key': 'k-2' })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  test('has a refusal told again too', async () => {
    const refused = await door.post(anna('ida'), { 'idempotency-key': 'k-3' });
    expect([refused.status, (await door.post(anna('ida'), { 'idempotency-key': 'k-3' })).body]).toEqual([409, refused.body]);
  });

  test('locks, unlocks and locks again', async () => {
    const { body } = await door.post(anna('lena'));
    const put = (active: boolean, key: string) => door.call('PUT', `/scim/v2/Users/${body.id}`, anna('lena', { active }), { 'idempotency-key': key });
    expect([await put(false, 'a'), await put(true, 'b'), await put(false, 'c')].map((answer) => answer.body.active)).toEqual([false, true, false]);
  });
});

describe('what is wrong is told in the form of RFC 7644 and stores nothing', () => {
  const id = '0192f0c1-0000-7000-8000-000000000000';
  test.each<[string, () => ReturnType<FrontDoor['call']>, number, string | undefined]>([
    ['broken JSON', () => door.post('{"userName":'), 400, 'invalidSyntax'],
    ['no UTF-8', () => door.post(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 400, 'invalidSyntax'],
    ['a list', () => door.post([]), 400, 'invalidSyntax'],
    ['no body', () => door.call('POST', '/scim/v2/Users', undefined), 400, 'invalidSyntax'],
    ['an empty body', () => door.post(''), 400, 'invalidSyntax'],
    ['no userName', () => door.post({ name: {} }), 400, 'invalidValue'],
    ['a wrong type', () => door.post(anna('x', { active: 'perhaps' })), 400, 'invalidValue'],
    ['U+0000', () => door.post(anna('a\u0000b')), 400, 'invalidValue'],
    ['a lone surrogate', () => door.post('{"userName":"a\\ud800"}'), 400, 'invalidValue'],
    ['a long userName', () => door.post(anna('x'.repeat(256))), 400, 'invalidValue'],
    ['a filter by an unknown attribute', () => door.call('GET', '/scim/v2/Users?filter=shoes%20eq%20%22x%22'), 400, 'invalidFilter'],
    ['a broken filter', () => door.call('GET', '/scim/v2/Users?filter=userName%20eq'), 400, 'invalidFilter'],
    ['a wrong count', () => door.call('GET', '/scim/v2/Users?count=many'), 400, 'invalidValue'],
    ['a malformed PATCH of nobody', () => door.call('PATCH', `/scim/v2/Users/${id}`, { Operations: [] }), 400, 'invalidSyntax'],
    ['2 MB', () => door.post(anna('x', { title: 'x'.repeat(2_000_000) })), 413, undefined],
    ['another media type', () => door.post('<user/>', { 'content-type': 'text/xml' }), 415, undefined],
    ['no credentials', () => door.post(anna('x'), { authorization: '' }), 401, undefined],
    ['wrong credentials', () => door.post(anna('x'), { authorization: 'Bearer wrong' }), 401, undefined],
    ['no right to write', () => door.post(anna('x'), { authorization: `Bearer ${READER_TOKEN}` }), 403, undefined],
    ['an unknown id', () => door.call('GET', `/scim/v2/Users/${id}`), 404, undefined],
    ['an id of another form', () => door.call('GET', `/scim/v2/Users/4711`), 404, undefined],
    ['an unknown address', () => door.call('GET', '/scim/v2/Shoes'), 404, undefined],
    ['a method that is not served', () => door.call('PUT', '/scim/v2/Users', anna('x')), 405, undefined],
    ['the caller itself, which is no user', () => door.call('GET', '/scim/v2/Me'), 501, undefined],
  ])('%s', async (_, call, status, scimType) => {
    const answer = await call();
    expect(answer).toMatchObject({ status, body: { schemas: [URN.error], status: String(status), detail: expect.any(String) } });
    expect(answer.body.scimType).toBe(scimType);
    expect(answer.headers.get('content-type')).toMatch(/^application\/scim\+json/);
    expect(answer.headers.has('www-authenticate')).toBe(status === 401 || status === 403);
    expect(await door.sql(`select 1 from users where user_name_key like 'x%' or user_name_key like 'a_b'`)).toEqual([]);
  });

  test('of a hundred large bodies at once those that would take too much memory are asked to repeat', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => door.post(`{"userName":"${'x'.repeat(900_000)}"}`)));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([400, 429]));
    expect((await door.post(anna('after the flood'))).status).toBe(201);
  });

  test('the attribute at fault is named', async () => {
    expect((await door.post(anna('x', { emails: [{ value: 'no address' }] }))).body.detail).toContain('emails[0].value');
  });

  test('names of every kind survive (R-58)', async () => {
    const familyName = `O'Neil & <Sons> "; ]]> , ~ \n Zoë 👩🏽‍💻`;
    const { body } = await door.post(anna('hostile', { name: { familyName } }));
    expect((await door.call('GET', `/scim/v2/Users/${body.id}`)).body.name).toEqual({ familyName });
    await eventually(() => door.of('hostile').length === 1);
    expect(door.of('hostile')[0]?.resource.name?.familyName).toBe(familyName);
  });
});

describe('callers, discovery, operators', () => {
  test('basic credentials are as good as a token', async () => {
    const basic = `Basic ${Buffer.from(`ips:${TOKEN}`).toString('base64')}`;
    expect((await door.call('GET', '/scim/v2/Users?count=1', undefined, { authorization: basic })).status).toBe(200);
  });

  test('what is served is described', async () => {
    expect((await door.call('GET', '/scim/v2/ServiceProviderConfig')).body).toMatchObject({ patch: { supported: true }, bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1048576 }, sort: { supported: true }, etag: { supported: true } });
    expect((await door.call('GET', '/scim/v2/ResourceTypes/User')).body).toMatchObject({ endpoint: '/Users', schema: URN.user });
    expect((await door.call('GET', '/scim/v2/Schemas')).body.Resources.map(({ id }: { id: string }) => id)).toContain(URN.sapCustomUser);
    expect((await door.call('GET', `/scim/v2/Schemas/${URN.enterpriseUser}`)).body.name).toBe('EnterpriseUser');
    expect((await door.call('GET', '/scim/v2/Schemas?filter=x')).status).toBe(403);
    expect((await door.call('POST', '/scim/v2/Schemas', {})).status).toBe(405);
  });

  test('an operator learns who somebody is', async () => {
    const { body } = await door.post(anna('mona'));
    await door.call('DELETE', `/scim/v2/Users/${body.id}`);
    const asOperator = { authorization: `Bearer ${OPERATOR_TOKEN}` };
    expect((await door.call('GET', '/operator/users?userName=MONA', undefined, asOperator)).body).toEqual({ id: body.id, userName: 'mona', presence: 'absent', generation: 2 });
    expect((await door.call('GET', '/operator/users?userName=nobody', undefined, asOperator)).status).toBe(404);
    expect((await door.call('GET', '/operator/users?userName=mona')).status).toBe(401);
  });
});
