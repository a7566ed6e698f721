import { GENERATION_HEADER, parseRecord } from '@rolebridge/contracts';
import type { DesiredAccount, IdentityUser } from '@rolebridge/contracts';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase, migrate } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';
import { readUsers } from '../inbound/read-users.ts';
import { MIGRATIONS } from '../schema.ts';
import { ANNA, person, systemRules } from '../test/person.ts';
import { brakeOverAll, openBrake } from './brake.ts';
import type { Brake } from './brake.ts';
import { nextTombstoneInMs, openErasures, writeTombstones } from './erasure.ts';
import { HeldDesk } from './held-desk.ts';
import { Reevaluation } from './reevaluation.ts';
import { republish } from './republish.ts';
import { RuleSets, storeRuleSet } from './rule-set.repository.ts';
import { UserIntake } from './user-intake.ts';

const SECRETS = ['anna', 'Berg', 'Anna', 'example.org', '4711-unit'];
const RULES = { rules: [{ name: 'all', when: { everybody: true }, give: { roles: ['SALES_REP'], units: ['4711-unit'] } }] } as const;

let database: Database;
beforeEach(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema, directory: MIGRATIONS });
  database = connectDatabase({ url, schema, applicationName: 'erasure-test' });
  await storeRuleSet(database, { systems: { 'sales-cloud': systemRules(RULES), fieldglass: systemRules(RULES) } });
});
afterEach(() => database.close());

function service(brake: Brake = openBrake) {
  const options = { database, ruleSets: new RuleSets(), clock: async () => new Date('2026-11-22T12:00:00Z'), settings: { topicPrefix: '', serviceVersion: 'test', brake } };
  const intake = new UserIntake(options);
  return {
    take: (...users: readonly IdentityUser[]) => intake.take({ consumer: 'role-mapping', users, buried: [], offsets: [] }),
    reevaluation: new Reevaluation({ ...options, chunk: 10 }),
    desk: new HeldDesk({ ...options, approvals: 1 }),
  };
}

const erased = (id = ANNA, generation = 3): IdentityUser => person({ id, generation, presence: 'erased', resource: { userName: id, active: false } });

async function drain() {
  return database.query<{ topic: string; key: string; value: string | null; headers: Record<string, string> }>('with gone as (delete from outbox returning *) select topic, key, value, headers from gone order by sequence');
}

async function accounts(): Promise<readonly DesiredAccount[]> {
  return (await drain()).flatMap(({ topic, value }) => (topic.includes('desired-account') && value !== null ? [JSON.parse(value) as DesiredAccount] : []));
}

async function found(): Promise<readonly string[]> {
  const tables = await database.query<{ table: string }>(`select table_name as "table" from information_schema.tables where table_schema = current_schema() and table_name <> 'rule_set'`);
  expect(tables.length).toBeGreaterThan(5);
  const rows = await Promise.all(tables.map(async ({ table }) => (await database.query<{ row: string }>(`select t::text as row from "${table}" t`)).map(({ row }) => `${table}: ${row}`)));
  return rows.flat().filter((row) => SECRETS.some((secret) => row.includes(secret)));
}

test('whoever is erased without having been seen to leave leaves everywhere; nothing personal stays', async () => {
  const { take } = service();
  await take(person());
  expect((await accounts()).length).toBe(2);
  expect((await found()).length).toBeGreaterThan(2);
  await take(erased());
  const rows = await drain();
  const wishes = rows.filter(({ topic }) => topic.includes('desired-account')).map(({ value, headers }) => parseRecord('desiredAccount', { value: Buffer.from(value ?? ''), headers }).value);
  expect(wishes.map(({ system, presence, erased: gone, attributes, generation, urgency }) => ({ system, presence, gone, attributes, generation, urgency }))).toEqual(
    ['fieldglass', 'sales-cloud'].map((system) => ({ system, presence: 'absent', gone: true, attributes: { userName: ANNA }, generation: 2, urgency: 'leaving' })),
  );
  expect(rows.filter((row) => SECRETS.some((secret) => JSON.stringify(row).includes(secret)))).toEqual([]);
  expect(await found()).toEqual([]);
});

test('whoever left before is told as erased once; neither repetition nor new rules tell it again', async () => {
  const { take, reevaluation } = service();
  await take(person());
  await take(person({ generation: 2, presence: 'absent' }));
  await drain();
  await take(erased());
  expect((await accounts()).map(({ generation, erased: gone }) => [generation, gone])).toEqual([[3, true], [3, true]]);
  await take(erased(), erased(ANNA, 4));
  await take(person({ generation: 2, presence: 'active' }));
  await storeRuleSet(database, { systems: { 'sales-cloud': systemRules({}), fieldglass: systemRules(RULES) } });
  expect((await reevaluation.sweep(undefined)).users).toBe(1);
  expect(await accounts()).toEqual([]);
  expect(await found()).toEqual([]);
});

test('a tombstone per account follows when the segment can be closed, once', async () => {
  const { take } = service();
  await take(person());
  await take(erased());
  const options = { database, topicPrefix: '', tombstoneAfterMs: 60_000 };
  expect(await writeTombstones(options)).toBe(0);
  expect(await nextTombstoneInMs(options)).toBeUndefined();
  expect(await database.query('select 1 from assignment where tombstone_due_at is not null')).toEqual([]);
  await drain();
  expect(await nextTombstoneInMs(options)).toBe(0);
  expect(await writeTombstones(options)).toBe(0);
  expect(await nextTombstoneInMs(options)).toBeGreaterThan(50_000);
  await database.query(`update assignment set tombstone_due_at = tombstone_due_at - interval '1 minute'`);
  expect(await writeTombstones(options)).toBe(2);
  const rows = await drain();
  expect(rows.map(({ topic, key, value, headers }) => [topic, key, value, headers[GENERATION_HEADER]])).toEqual(
    expect.arrayContaining(['fieldglass', 'sales-cloud'].map((system) => [`provisioning.${system}.desired-account.v1`, ANNA, null, '2'])),
  );
  expect([await writeTombstones(options), await nextTombstoneInMs(options)]).toEqual([0, undefined]);
});

test('what the brake keeps is shown, without anything personal, and goes when it is let through', async () => {
  const { take, desk } = service(brakeOverAll({ count: 0 }));
  await take(person());
  await drain();
  await take(erased());
  expect(await accounts()).toEqual([]);
  expect(await found()).toEqual([]);
  expect(await openErasures(database, 10)).toEqual({ total: 1, erasures: [{ place: 'role-mapping', userId: ANNA, since: expect.any(String) as string, state: 'held' }] });
  expect(await republish(database, { operator: 'night-shift', reason: 'checked', topicPrefix: '' })).toMatchObject({ published: 0 });
  expect(await accounts()).toEqual([]);
  await desk.carryOut('release', { place: 'role-mapping', userId: ANNA, reason: 'checked', by: 'night-shift' });
  expect((await accounts()).map(({ presence, erased: gone }) => [presence, gone])).toEqual([['absent', true], ['absent', true]]);
  expect((await openErasures(database, 10)).total).toBe(0);
});

test('a system without rules keeps no more than that an account was there', async () => {
  const { take } = service();
  await take(person());
  await storeRuleSet(database, { systems: { 'sales-cloud': systemRules(RULES) } });
  await drain();
  await take(erased());
  expect((await accounts()).map(({ system }) => system)).toEqual(['sales-cloud']);
  expect(await found()).toEqual([]);
  expect(await database.query(`select presence, desired->'attributes' as attributes from assignment where system = 'fieldglass'`)).toEqual([{ presence: 'active', attributes: { userName: ANNA } }]);
});

test('who missed the state learns it from the tombstone; other tombstones say nothing', async () => {
  const tombstone = (key: string, headers: Record<string, string>) => ({ topic: 'identity.user.v1', partition: 0, offset: 0, timestamp: 0, key, value: null, headers });
  const { users, malformed } = readUsers([tombstone(ANNA, { [GENERATION_HEADER]: '3' }), tombstone(ANNA, {}), tombstone('x', { [GENERATION_HEADER]: '3' })]);
  expect([users.map(({ id, generation, presence }) => [id, generation, presence]), malformed]).toEqual([[[ANNA, 3, 'erased']], []]);
  const { take } = service();
  await take(person({ generation: 2 }));
  await drain();
  await take(...users);
  expect((await accounts()).map(({ erased: gone }) => gone)).toEqual([true, true]);
  await take(...users);
  expect(await accounts()).toEqual([]);
});
