import { readdirSync, readFileSync } from 'node:fs';
import type { OutgoingRecord } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import { MIGRATIONS } from '../settings.ts';
import { eventually, FrontDoor, OPERATOR_TOKEN } from '../test/front-door.ts';

/** A day that lasts a second and a half. */
const DAYS = String(1.5 / 86_400);
const NEVER = '8';
const OPERATOR = { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' };
const REASON = { reason: 'asked for by the data protection officer' };

/** Personal values of one person, each findable by its mark. */
function personal(mark: string) {
  const values = ['given', 'family', 'nick', 'mail', 'phone', 'login', 'number', 'external', 'unit', 'role', 'custom', 'uuid', 'title'].map((what) => `${what}-${mark}`);
  const user = {
    userName: `login-${mark}`,
    externalId: `external-${mark}`,
    title: `title-${mark}`,
    nickName: `nick-${mark}`,
    name: { givenName: `given-${mark}`, familyName: `family-${mark}` },
    emails: [{ value: `mail-${mark}@example.org`, primary: true }],
    phoneNumbers: [{ value: `phone-${mark}` }],
    [URN.enterpriseUser]: { employeeNumber: `number-${mark}` },
    [URN.sapUser]: { userUuid: `uuid-${mark}` },
    [URN.sapCustomUser]: { attributes: [{ name: 'z_assignedInstitutes', value: `unit-${mark}` }, { name: 'z_roles', value: `role-${mark}` }, { name: 'z_other', value: `custom-${mark}` }] },
  };
  return { values, user };
}

/** Every column of every table of the schema that holds one of these values, as `table: value`. */
async function found(door: FrontDoor, values: readonly string[]): Promise<readonly string[]> {
  const tables = await door.sql<{ table: string }>(`select table_name as "table" from information_schema.tables where table_schema = $1 and table_type = 'BASE TABLE'`, [door.schema]);
  expect(tables.length).toBeGreaterThan(8);
  const hits = await Promise.all(tables.map(async ({ table }) => (await door.sql<{ row: string }>(`select t::text as row from "${table}" t`)).flatMap(({ row }) => values.filter((value) => holds(row, value)).map((value) => `${table}: ${value}`))));
  return hits.flat();
}

/** As text, and in the bytes of a record that waits. */
const holds = (row: string, value: string): boolean => row.includes(value) || row.includes(Buffer.from(value).toString('hex'));

const idOf = (door: FrontDoor, userName: string): string => door.of(userName)[0]?.id ?? '';
const statesOf = (door: FrontDoor, id: string) => door.users.filter((user) => user.id === id).map(({ presence }) => presence);
const published = (door: FrontDoor, userName: string, times: number) => eventually(() => door.of(userName).length >= times);
const erased = (door: FrontDoor, id: string) => eventually(() => statesOf(door, id).at(-1) === 'erased');
const at = (record: OutgoingRecord, time: string): OutgoingRecord => ({ ...record, headers: { ...record.headers, ce_time: time } });

describe('whoever left is erased after the usual days', () => {
  let door: FrontDoor;
  beforeAll(async () => {
    door = await FrontDoor.open({ ERASE_AFTER_DAYS: DAYS, ERASE_TOMBSTONE_HOURS: String(1 / 3600) });
  });
  afterAll(() => door.close());

  test('row, line, waiting deltas, answers and letters hold nothing personal; the last state tells it, then a tombstone (L30)', async () => {
    const { values, user } = personal('anna');
    const story = [
      door.change({ operation: 'create', recordId: 'external-anna', sequence: 1, user }),
      door.change({ operation: 'patch', recordId: 'external-anna', sequence: 2, patch: [{ op: 'replace', path: 'nickName', value: 'nick-anna' }, { op: 'replace', path: 'title', value: 'was title-anna' }] }),
      door.change({ operation: 'patch', recordId: 'external-anna', sequence: 4, patch: [{ op: 'replace', path: 'title', value: 'later title-anna' }] }),
      door.change({ operation: 'patch', recordId: 'external-anna', patch: [{ op: 'replace', path: 'emails', value: 'mail-anna' }] }),
    ];
    await door.send(...story);
    await published(door, 'login-anna', 2);
    await eventually(async () => (await door.sql('select 1 from parked_change')).length === 2);
    const id = idOf(door, 'login-anna');
    expect((await door.call('PATCH', `/scim/v2/Users/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'title', value: 'title-anna' }] }, { 'idempotency-key': 'k' })).status).toBe(200);
    await door.sql(`insert into proxy_account (system, id, user_id, observed, view, user_name_key, generation) values ('x', $1, $1, $2, $2, 'login-anna', 7)`, [id, JSON.stringify(user)]);
    await door.sql(`insert into old_path_id (system, id_key, user_id) values ('x', 'hash', $1)`, [id]);
    expect(new Set(await found(door, values)).size).toBeGreaterThan(values.length);
    expect((await door.sql('select 1 from dead_letter')).length).toBeGreaterThan(0);

    expect((await door.call('DELETE', `/scim/v2/Users/${id}`)).status).toBe(204);
    await erased(door, id);
    expect(await found(door, values)).toEqual([]);
    expect([await door.sql('select 1 from dead_letter'), await door.sql('select 1 from old_path_id'), await door.sql('select generation from proxy_account')]).toEqual([[], [], [{ generation: 7 }]]);
    expect(door.users.findLast((one) => one.id === id)).toEqual({
      id, generation: 5, presence: 'erased', resource: { userName: id, active: false }, groups: [], requested: {},
      cause: expect.objectContaining({ operation: 'time', by: 'ingest' }) as unknown,
    });
    await eventually(() => door.records.some(({ key, value }) => key === id && value === null));
    expect(door.records.findLast(({ key }) => key === id)).toMatchObject({ value: null, headers: { rb_generation: '5' } });
    expect((await door.call('PATCH', `/scim/v2/Users/${id}`, { schemas: [], Operations: [] }, { 'idempotency-key': 'k' })).status).not.toBe(200);

    const before = door.records.length;
    await door.sql('delete from idempotency');
    await door.send(...story, door.change({ operation: 'delete', recordId: 'external-anna', sequence: 3 }), door.change({ operation: 'create', recordId: 'marker', user: { userName: 'marker-1' } }));
    await published(door, 'marker-1', 1);
    expect(door.records.slice(before).filter(({ value }) => value !== null).map(({ value }) => (JSON.parse(String(value)) as { resource: { userName: string } }).resource.userName)).toEqual(['marker-1']);
    expect(await found(door, values)).toEqual([]);
  });

  test('something newer is a rehire with an id of its own; the same again is not (L30)', async () => {
    const { values, user } = personal('bert');
    const change = (sequence: number, operation: 'create' | 'delete') => door.change({ operation, recordId: 'external-bert', sequence, ...(operation === 'create' && { user }) });
    await door.send(change(1, 'create'), change(2, 'delete'));
    await published(door, 'login-bert', 2);
    const id = idOf(door, 'login-bert');
    await erased(door, id);
    expect(await found(door, values)).toEqual([]);
    await door.sql('delete from idempotency');
    await door.send(change(1, 'create'), change(3, 'create'));
    await published(door, 'login-bert', 3);
    const rehired = door.of('login-bert').at(-1)?.id;
    expect(rehired).not.toBe(id);
    await door.send(change(2, 'delete'), change(3, 'create'), change(4, 'delete'));
    await published(door, 'login-bert', 4);
    expect(statesOf(door, rehired ?? '')).toEqual(['active', 'absent']);
    await erased(door, rehired ?? '');
    expect(await found(door, values)).toEqual([]);
  });

  test('without numbers the time tells what is newer: not than the erasure, but than the leaving', async () => {
    const { user } = personal('cleo');
    const base = Date.now() - 60_000;
    const change = (seconds: number, operation: 'create' | 'lock' | 'delete') => at(door.change({ operation, recordId: 'external-cleo', ...(operation === 'create' && { user }) }), new Date(base + seconds * 1000).toISOString());
    await door.send(change(1, 'create'), change(2, 'lock'), change(10, 'delete'));
    await published(door, 'login-cleo', 3);
    const id = idOf(door, 'login-cleo');
    await erased(door, id);
    await door.send(change(1, 'create'), change(2, 'lock'), change(10, 'delete'), change(9.999, 'create'), door.change({ operation: 'create', recordId: 'marker-2', user: { userName: 'marker-2' } }));
    await published(door, 'marker-2', 1);
    expect(door.of('login-cleo')).toHaveLength(3);
    await door.send(change(11, 'create'));
    await published(door, 'login-cleo', 4);
    expect(idOf(door, 'login-cleo')).toBe(id);
    expect(door.of('login-cleo').at(-1)?.id).not.toBe(id);
  });
});

describe('until then, and by order', () => {
  let door: FrontDoor;
  beforeAll(async () => {
    door = await FrontDoor.open({ ERASE_AFTER_DAYS: NEVER });
  });
  afterAll(() => door.close());

  const erase = (id: string, body: unknown = REASON) => door.call('POST', `/operator/users/${id}/erase`, body, OPERATOR);
  const hire = async (userName: string): Promise<string> => (await door.post({ schemas: [URN.user], userName, name: { familyName: `of ${userName}` } }, { 'idempotency-key': userName })).body.id;

  test.each([false, true])('reading everything again brings nobody back who left, also when event ids were forgotten (numbered: %s)', async (numbered) => {
    const { user } = personal(`dora-${numbered}`);
    const story = (['create', 'lock', 'unlock', 'delete'] as const).map((operation, position) => {
      const record = door.change({ operation, recordId: `dora-${numbered}`, ...(numbered && { sequence: position + 1 }), ...(operation === 'create' && { user }) });
      return at(record, new Date(Date.now() - 10_000 + position).toISOString());
    });
    await door.send(...story);
    await published(door, user.userName, 4);
    await door.sql('delete from idempotency');
    const marker = `marker-dora-${numbered}`;
    await door.send(...story, door.change({ operation: 'create', recordId: marker, user: { userName: marker } }));
    await published(door, marker, 1);
    expect(door.of(user.userName).map(({ presence }) => presence)).toEqual(['active', 'disabled', 'active', 'absent']);
  });

  test('nor whoever left through another door', async () => {
    const { user } = personal('emil');
    const create = door.change({ operation: 'create', recordId: 'emil', user });
    await door.send(create);
    await published(door, 'login-emil', 1);
    const id = idOf(door, 'login-emil');
    expect((await door.call('DELETE', `/scim/v2/Users/${id}`)).status).toBe(204);
    await door.sql('delete from idempotency');
    await door.send(create, door.change({ operation: 'create', recordId: 'marker-emil', user: { userName: 'marker-emil' } }));
    await published(door, 'marker-emil', 1);
    await published(door, 'login-emil', 2);
    expect(statesOf(door, id)).toEqual(['active', 'absent']);
    await door.send(door.change({ operation: 'create', recordId: 'emil', user }));
    await published(door, 'login-emil', 3);
    expect(statesOf(door, id)).toEqual(['active', 'absent', 'active']);
  });

  test('an operator erases somebody who left at once, which is kept without names; a repeated request brings nobody back', async () => {
    const id = await hire('flora');
    await door.call('DELETE', `/scim/v2/Users/${id}`);
    const answer = await erase(id);
    expect([answer.status, answer.body]).toEqual([200, { id, generation: 3 }]);
    await erased(door, id);
    expect(await found(door, ['flora'])).toEqual([]);
    expect(await door.sql('select ordered, operator, reason, subjects from operator_audit')).toEqual([{ ordered: 'erase', operator: 'night-shift', reason: REASON.reason, subjects: [id] }]);
    expect((await door.post({ schemas: [URN.user], userName: 'flora', name: { familyName: 'of flora' } }, { 'idempotency-key': 'flora' })).status).toBe(404);
    expect((await door.call('GET', `/scim/v2/Users/${id}`)).status).toBe(404);
    expect((await door.call('PUT', `/scim/v2/Users/${id}`, { schemas: [URN.user], userName: 'flora' })).status).toBe(404);
    expect(await found(door, ['flora'])).toEqual([]);
  });

  test('somebody who is here, or unknown, or erased already is refused with what to do', async () => {
    const id = await hire('gisa');
    const here = await erase(id);
    expect([here.status, here.body.detail]).toEqual([409, expect.stringContaining('delete the user at the identity system')]);
    expect((await erase('6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01')).status).toBe(404);
    expect([(await erase('gisa')).status, (await erase(id, {})).status]).toEqual([400, 400]);
    await door.call('DELETE', `/scim/v2/Users/${id}`);
    expect((await erase(id)).status).toBe(200);
    const twice = await erase(id);
    expect([twice.status, twice.body.detail]).toEqual([409, expect.stringContaining('erased already')]);
    expect(statesOf(door, id).filter((presence) => presence === 'erased').length).toBeLessThan(2);
  });

  test('two orders at once erase once', async () => {
    const id = await hire('hugo');
    await door.call('DELETE', `/scim/v2/Users/${id}`);
    const answers = await Promise.all([erase(id), erase(id), erase(id)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
  });

  test('whoever is erased is told again when everybody is, so that a reader that was restored learns it', async () => {
    const id = await hire('ilse');
    await door.call('DELETE', `/scim/v2/Users/${id}`);
    await erase(id);
    await erased(door, id);
    await door.sql('update users set tombstone_due_at = null where id = $1', [id]);
    for (let after: string | null = ''; after !== null; ) after = (await door.call('POST', `/operator/republish${after === '' ? '' : `?after=${after}`}`, REASON, OPERATOR)).body.next;
    await eventually(() => statesOf(door, id).filter((presence) => presence === 'erased').length === 2);
    expect(door.users.findLast((one) => one.id === id)).toMatchObject({ resource: { userName: id }, generation: 3 });
    expect(await door.sql('select 1 from users where id = $1 and tombstone_due_at is not null', [id])).toHaveLength(1);
  });

  test('a mark is an HMAC with the key of the schema', async () => {
    const [row] = await door.sql<{ mark: string; inner: Buffer; outer: Buffer }>(`select erasure_mark('x') as mark, inner_pad as "inner", outer_pad as "outer" from erasure_key`);
    const { createHmac } = await import('node:crypto');
    const key = Buffer.from(row?.inner ?? []).map((byte) => byte ^ 0x36);
    expect(Buffer.from(row?.outer ?? []).map((byte) => byte ^ 0x5c)).toEqual(key);
    expect(row?.mark).toBe(createHmac('sha256', key).update('x').digest('hex'));
    expect(new Set(key.subarray(0, 32)).size).toBeGreaterThan(8);
  });
});

/** Whoever adds a table decides whether it tells of a person; ids of targets' things, hashes and what is gone after 30 days at most do not count. */
test('every table of the schema is known to erasure, or holds nobody', () => {
  const HOLD_NOBODY = ['erased_line', 'erasure_key', 'users_living_count', 'token_key', 'groups', 'fan_out', 'fan_out_job', 'proxy_entitlement', 'old_path_id', 'old_path_leaver'];
  const ERASED = ['users', 'idempotency', 'source_identity', 'parked_change', 'group_member', 'proxy_account'];
  const sql = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql')).map((file) => readFileSync(new URL(file, MIGRATIONS), 'utf8')).join('\n');
  const tables = [...sql.matchAll(/^\s*create table (\w+)/gm)].map(([, name]) => name);
  expect(tables.filter((name) => ![...HOLD_NOBODY, ...ERASED].includes(name ?? ''))).toEqual([]);
});
