import type { DesiredAccount, IdentityUser } from '@rolebridge/contracts';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase, listOrders, migrate, raiseEpoch } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import { MIGRATIONS } from '../schema.ts';
import { ANNA, person, systemRules } from '../test/person.ts';
import { openBrake } from './brake.ts';
import { republish } from './republish.ts';
import { RuleSets, storeRuleSet } from './rule-set.repository.ts';
import { UserIntake } from './user-intake.ts';

const BERT = '22222222-2222-4222-8222-222222222222';
const ORDER = { operator: 'night-shift', reason: 'A topic was lost.', topicPrefix: '' };

let database: Database;
let take: (...users: readonly IdentityUser[]) => Promise<unknown>;
beforeEach(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema, directory: MIGRATIONS });
  database = connectDatabase({ url, schema, applicationName: 'republish-test' });
  await storeRuleSet(database, { systems: { 'sales-cloud': systemRules(), fieldglass: systemRules() } });
  const intake = new UserIntake({ database, ruleSets: new RuleSets(), clock: async () => new Date('2026-11-22T12:00:00Z'), settings: { topicPrefix: '', serviceVersion: 'test', brake: openBrake } });
  take = (...users) => intake.take({ consumer: 'role-mapping', users, buried: [], offsets: [] });
});
afterEach(() => database.close());

/** What was published about accounts since the last look, by topic and person. */
async function told(): Promise<ReadonlyMap<string, DesiredAccount>> {
  const rows = await database.query<{ topic: string; key: string; value: string }>('with gone as (delete from outbox returning *) select topic, key, value from gone order by sequence');
  return new Map(rows.filter(({ topic }) => topic.includes('desired-account')).map(({ topic, key, value }) => [`${topic} ${key}`, JSON.parse(value) as DesiredAccount]));
}

async function twoPeople(): ReturnType<typeof told> {
  await take(person({ generation: 1 }), person({ id: BERT, generation: 1 }));
  await told();
  await take(person({ generation: 2, presence: 'disabled' }), person({ id: BERT, generation: 2, presence: 'disabled' }));
  return told();
}

test('accounts that are emitted again are those that were published last, with the same generation: whoever has them ignores them (L27)', async () => {
  const last = await twoPeople();
  expect(last.size).toBe(4);
  expect(await republish(database, ORDER)).toEqual({ published: 4, unsendable: 0, next: null });
  expect(await told()).toEqual(last);
  expect(await republish(database, { ...ORDER, userId: ANNA })).toMatchObject({ published: 2 });
  expect(await told()).toEqual(new Map([...last].filter(([key]) => key.endsWith(ANNA))));
  expect((await listOrders(database, { limit: 9 })).orders).toMatchObject([
    { order: 'republish', operator: 'night-shift', affected: 2, subjects: [ANNA] },
    { order: 'republish', operator: 'night-shift', affected: 4, filter: { all: true } },
  ]);
});

test('after the epoch was raised each account goes out once in the new epoch, and the next change follows it (L6)', async () => {
  const last = await twoPeople();
  await raiseEpoch(database);
  await republish(database, ORDER);
  const raised = await told();
  expect([...raised.keys()].toSorted()).toEqual([...last.keys()].toSorted());
  expect(new Set([...raised.values()].map(({ generation, presence }) => `${generation} ${presence}`))).toEqual(new Set([`${2 ** 40 + 1} disabled`]));
  await republish(database, ORDER);
  expect(await told()).toEqual(raised);
  await take(person({ generation: 3 }));
  expect([...(await told()).values()].map(({ generation }) => generation)).toEqual([2 ** 40 + 2, 2 ** 40 + 2]);
});

test('an order for everybody is one line of the audit and counts everybody, not only the people of the first call', async () => {
  const everybody = Array.from({ length: 503 }, (_, at) => person({ id: `33333333-3333-4333-8333-${String(at).padStart(12, '0')}`, generation: 1 }));
  await take(...everybody);
  await told();
  const first = await republish(database, ORDER);
  expect(first).toMatchObject({ published: 1000, next: everybody[499]?.id });
  expect(await republish(database, { ...ORDER, after: first.next ?? '' })).toEqual({ published: 6, unsendable: 0, next: null });
  const { orders, total } = await listOrders(database, { limit: 9 });
  expect([total, orders]).toMatchObject([1, [{ order: 'republish', affected: 1006, filter: { all: true } }]]);
});
