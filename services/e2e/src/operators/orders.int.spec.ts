import type { BrakeListing, OperatorAudit } from '@rolebridge/contracts';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../proxy-life/world.ts';
import { Desk, WHY } from './desk.ts';
import { NAME, Night } from './night.ts';

const LEAVERS = ['ian', 'jan', 'kim', 'leo'];
const STAYS = ['hal', 'max'];
/** A test types up to ten commands; each is a process. */
const PATIENCE_MS = 240_000;

let night: Night;
let desk: Desk;
beforeAll(async () => {
  night = await Night.open();
  desk = new Desk(night);
  await Promise.all([...LEAVERS, ...STAYS].map((login) => night.join(login)));
  await night.join('bea', { email: false });
  await eventually(async () => (await desk.count(`link where state in ('rejected', 'applied')`)) === LEAVERS.length + STAYS.length + 1);
}, 180_000);
afterAll(() => night?.close());

/** Records that a reader has taken. */
const read = (consumer: 'role_mapping' | 'connector_fieldglass'): Promise<number> => desk.count(`(select sum(next_offset) as n from ${consumer}.consumer_offset) o, generate_series(1, o.n)`);

test('what the brake holds is listed; released it happens, dropped it does not, and a lock passes it', async () => {
  for (const login of LEAVERS) await night.leave(login);
  await eventually(async () => (await desk.count(`link where state = 'held'`)) === 2);
  const { changes } = await desk.json<BrakeListing>('watcher', 'brake', 'list', '--system', 'fieldglass');
  const [released = '', dropped = ''] = changes.map(({ userId }) => night.loginOf(userId));
  expect((await night.rolebridge('watcher', 'status', dropped)).out).toContain('Somebody has to decide: rolebridge brake list --system fieldglass');
  expect(await night.rolebridge('head', 'brake', 'release', released, '--system', 'fieldglass', ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('Released: 1 change') });
  expect(await night.rolebridge('head', 'brake', 'drop', dropped, '--system', 'fieldglass', ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('Dropped: 1 change') });
  const lock = await night.rolebridge('operator', 'lock', 'hal', '--wait', ...WHY);
  expect(lock).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Stored: hal is locked.*\n.*\nfieldglass +applied +disabled$/m) });
  expect((await desk.accounts())['hal']).toBe(false);
  const after = { ...Object.fromEntries(LEAVERS.map((login) => [login, login === dropped])), hal: false, max: true };
  await eventually(async () => isDeepStrictEqual(await desk.accounts(), after)).catch(() => undefined);
  expect(await desk.accounts()).toEqual(after);
  expect((await night.rolebridge('watcher', 'brake', 'list', '--dropped')).out).toMatch(new RegExp(`${night.idOf(dropped)} .* dropped by head`));
}, PATIENCE_MS);

test('a replay and states told again are read and change nothing; a second replay at the same time is refused', async () => {
  const before = await desk.everything();
  expect((await night.rolebridge('operator', 'replay', 'fieldglass', '--from-beginning', ...WHY)).out).toMatch(/: \d+ records were read again; nothing was changed\./);
  await night.database.transaction(async (sql) => {
    await sql.query('lock table link in share row exclusive mode'); // the replay cannot end before the second is typed
    expect(await night.rolebridge('operator', 'replay', 'fieldglass', '--from-beginning', '--no-wait', ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('runs; it goes on in the service.') });
    expect(await night.rolebridge('head', 'replay', 'fieldglass', '--from-beginning', '--no-wait', ...WHY)).toMatchObject({ code: 1, out: '', err: 'A replay of connector-fieldglass runs already; wait for its end, or stop it.\n' });
  });
  await eventually(async () => (await desk.count(`replay where state = 'running'`)) === 0);
  const [readByMapping, readByConnector] = [await read('role_mapping'), await read('connector_fieldglass')];
  expect(await night.rolebridge('operator', 'republish', 'ingest', '--user', 'max', ...WHY)).toMatchObject({ code: 0, out: 'Emitted again: max.\n' });
  expect(await night.rolebridge('operator', 'republish', 'role-mapping', '--all', ...WHY)).toMatchObject({ code: 0, out: 'Emitted again: 7 states.\n' });
  await eventually(async () => (await read('role_mapping')) > readByMapping && (await read('connector_fieldglass')) >= readByConnector + 7);
  expect(await desk.everything()).toEqual(before);
}, PATIENCE_MS);

test('a target that lost its accounts is put right by reapply: one person, then everybody who shall have one', async () => {
  await night.wipeTarget();
  expect(await night.rolebridge('operator', 'reapply', 'fieldglass', '--user', 'max', ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('1 account is due') });
  await eventually(async () => (await desk.accounts())['max'] === true);
  expect(await desk.accounts()).toEqual({ max: true });
  await desk.settled();
  const { code, out } = await night.rolebridge('operator', 'reapply', 'fieldglass', '--all', ...WHY);
  expect([code, out]).toEqual([0, expect.stringMatching(/accounts are to be looked at again/)]);
  await eventually(async () => Object.keys(await desk.accounts()).length > 1);
  await desk.settled();
  expect(await desk.accounts()).toEqual({ max: true, hal: false });
}, PATIENCE_MS);

test('a record that the broker refuses is named by status, with what to type; dropped it is gone', async () => {
  const [topic] = (await night.database.query<{ topic: string }>('select topic from role_mapping.consumer_offset limit 1')).map((row) => row.topic);
  await night.database.query(`insert into ingest.outbox (topic, key, value, headers) values ($1, 'too-large', decode(repeat('00', 1500000), 'hex'), '{}')`, [topic]);
  await eventually(async () => (await desk.count('ingest.outbox_aside')) === 1);
  expect((await night.rolebridge('watcher', 'status')).out).toContain(`\ningest: 1 record is set aside, the first `);
  expect((await night.rolebridge('watcher', 'outbox', 'list')).out).toMatch(new RegExp(`ingest +${topic} +too-large .* record-too-large +1 +1\n`));
  expect(await night.rolebridge('head', 'outbox', 'release', 'ingest', topic ?? '', 'too-large', '--drop', ...WHY)).toMatchObject({ code: 0, out: expect.stringContaining('1 record that the broker refused is lost for good.') });
  expect((await night.rolebridge('watcher', 'status')).out).not.toContain('set aside');
  expect(await desk.count('ingest.outbox_aside')).toBe(0);
}, PATIENCE_MS);

test('orders to a stopped service name it and have no effect, now or when it is back', async () => {
  const down = 'The connector of fieldglass cannot be reached at';
  await night.stopConnector();
  expect(await night.rolebridge('watcher', 'status', 'max')).toMatchObject({ code: 5, out: expect.stringMatching(/^max .*: active, generation/), err: expect.stringContaining(down) });
  expect(await night.rolebridge('watcher', 'status')).toMatchObject({ code: 5, out: expect.stringContaining('no answer'), err: expect.stringContaining(down) });
  expect((await night.rolebridge('watcher', 'dead-letters', 'list')).out).toBe('No open dead letters at the services that answered.\n');
  await desk.expectHarmless([
    ['operator', 'dead-letters redrive --all', 5, down],
    ['operator', 'redrive bea --system fieldglass', 5, down],
    ['operator', 'replay fieldglass --from-beginning', 5, down],
    ['operator', 'reapply fieldglass --all', 5, down],
    ['head', 'brake release max --system fieldglass', 5, down],
  ]);
  const before = await desk.everything();
  await night.startConnector();
  expect((await night.rolebridge('watcher', 'status')).code).toBe(0);
  expect(await desk.everything()).toEqual(before);
}, PATIENCE_MS);

test('the audit tells who ordered what, by the credential, and nothing of what was refused', async () => {
  const { orders } = await desk.json<OperatorAudit>('watcher', 'audit', '--since', '1h');
  expect(orders.map(({ operator, order, affected }) => `${operator}: ${order} of ${affected}`).toReversed()).toEqual([
    'head: brake-release of 1',
    'head: brake-drop of 1',
    'operator: lock of 1',
    'operator: replay of 0',
    'operator: replay of 0',
    'operator: republish of 1',
    'operator: republish of 7',
    'operator: reapply of 1',
    'operator: reapply of 5',
    'head: outbox-drop of 1',
  ]);
  expect(new Set(orders.map(({ reason }) => reason))).toEqual(new Set(['Ticket 4711.']));
  expect(JSON.stringify(orders)).not.toContain(NAME.familyName);
}, PATIENCE_MS);
