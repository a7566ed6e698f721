import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import type { DesiredAccount, HeldChange, IdentityUser, Outcome } from '@rolebridge/contracts';
import type { BrakeSettings } from '@rolebridge/landscape';
import { connectDatabase, listOrders, migrate } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import type { RuleSet } from '../decide/rule-set.ts';
import { MIGRATIONS } from '../schema.ts';
import { person, systemRules } from '../test/person.ts';
import { brakeOverAll } from './brake.ts';
import { HeldDesk } from './held-desk.ts';
import type { HeldOrder } from './held-desk.ts';
import { listHeld } from './held.repository.ts';
import { Reevaluation } from './reevaluation.ts';
import { RuleSets, storeRuleSet } from './rule-set.repository.ts';
import { UserIntake } from './user-intake.ts';

const giving = (...roles: readonly string[]): RuleSet => ({ systems: { 'sales-cloud': systemRules({ rules: [{ name: 'all', when: { everybody: true }, give: { roles } }] }), fieldglass: systemRules() } });
/** Everybody in a unit that begins with 1 loses the role; the others keep it. */
const TAKING: RuleSet = { systems: { 'sales-cloud': systemRules({ rules: [{ name: 'all', when: { not: { unit: '1*' } }, give: { roles: ['REP'] } }] }), fieldglass: systemRules() } };

const ids = Array.from({ length: 100 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const FIVE_OF_HUNDRED = { share: 0.05, fromAccounts: 100, count: 2 };

/** One instance of the service, without broker: what would go there stands in the outbox. */
class Instance {
  now = new Date('2026-11-22T12:00:00Z');
  readonly intake: UserIntake;
  readonly reevaluation: Reevaluation;
  readonly desk: HeldDesk;

  constructor(readonly database: Database, brake: Partial<BrakeSettings>) {
    const options = { database, ruleSets: new RuleSets(), clock: async () => this.now, settings: { topicPrefix: '', serviceVersion: 'test', brake: brakeOverAll(brake) } };
    this.intake = new UserIntake(options);
    this.reevaluation = new Reevaluation({ ...options, chunk: 40 });
    this.desk = new HeldDesk({ ...options, approvals: brake.approvals ?? 1 });
  }

  async take(...users: readonly IdentityUser[]): Promise<void> {
    await this.intake.take({ consumer: 'role-mapping', users, buried: [], offsets: [] });
  }

  async sweep(): Promise<void> {
    for (let after: string | undefined; ; ) {
      const step = await this.reevaluation.sweep(after);
      after = step.last;
      if (step.done) return;
    }
  }

  release(order: Partial<HeldOrder>) {
    return this.desk.carryOut('release', { place: 'role-mapping', by: 'anna', reason: 'Checked with HR.', ...order });
  }
}

describe('the brake over all systems, on a real database', () => {
  let database: Database;

  beforeEach(async () => {
    const { databaseUrl: url } = await testStack();
    const schema = uniqueSchema();
    await migrate({ url, schema, directory: MIGRATIONS });
    database = connectDatabase({ url, schema, applicationName: 'test', queue: true });
    await storeRuleSet(database, giving('REP'));
  });
  afterEach(() => database.close());

  async function drain(): Promise<{ readonly accounts: readonly DesiredAccount[]; readonly outcomes: readonly Outcome[] }> {
    const rows = await database.query<{ topic: string; value: string }>('with gone as (delete from outbox returning sequence, topic, value) select topic, value from gone order by sequence');
    const of = <T>(part: string) => rows.filter(({ topic }) => topic.includes(part)).map(({ value }) => JSON.parse(value) as T);
    return { accounts: of('desired-account'), outcomes: of('outcome') };
  }

  const held = (dropped = false): Promise<readonly HeldChange[]> => listHeld(database, { limit: 1000, dropped });
  const someone = (at: number, changes: Partial<IdentityUser> = {}) => person({ id: ids[at] ?? '', resource: { userName: `p${at}` }, units: [at < 30 ? '1000' : '2000'], ...changes });
  const leaving = (at: number, generation = 2) => someone(at, { generation, presence: 'absent' });

  async function employed(brake: Partial<BrakeSettings> = FIVE_OF_HUNDRED): Promise<Instance> {
    const one = new Instance(database, brake);
    await one.take(...ids.map((_, at) => someone(at)));
    await drain();
    return one;
  }

  const people = (accounts: readonly DesiredAccount[]) => [...new Set(accounts.map(({ userId }) => userId))].toSorted();

  test('6 of 100 leave against 5 %: the surplus is published nowhere, told as held, and goes by a release of exactly that set (L26)', async () => {
    const one = await employed();
    await one.take(...[0, 1, 2, 3, 4, 5].map((at) => leaving(at)));
    const first = await drain();
    expect(people(first.accounts)).toEqual(ids.slice(0, 5));
    const [listed, ...others] = await held();
    expect([listed, others]).toMatchObject([{ userId: ids[5], place: 'role-mapping', losses: [{ system: 'fieldglass', loss: 'remove' }, { system: 'sales-cloud', loss: 'remove' }] }, []]);
    expect(first.outcomes.filter(({ userId }) => userId === ids[5])).toMatchObject([{ state: 'held', system: 'fieldglass' }, { state: 'held', system: 'sales-cloud' }, { stage: 'evaluated', systems: { 'sales-cloud': 1, fieldglass: 1 } }]);

    await one.take(leaving(6), leaving(7));
    expect((await drain()).accounts).toEqual([]);
    expect(await one.release({ listing: listed?.number ?? 0 })).toMatchObject({ done: 1, waiting: 0, changed: 0 });
    expect((await drain()).accounts).toMatchObject([{ userId: ids[5], system: 'fieldglass', presence: 'absent', generation: 2, cause: { releases: 1 } }, { system: 'sales-cloud', presence: 'absent' }]);
    expect((await held()).map(({ userId }) => userId)).toEqual([ids[6], ids[7]]);
    expect((await listOrders(database, { limit: 5 })).orders).toMatchObject([{ order: 'brake-release', operator: 'anna', affected: 1, subjects: [ids[5]] }]);
    expect(await one.release({ listing: listed?.number ?? 0 })).toBeUndefined();
  });

  test('new rules that take a role from 30 % of everybody are held at the surplus, also after a restart, while normal changes go on and people leave', async () => {
    const one = await employed();
    await storeRuleSet(database, TAKING);
    await one.sweep();
    expect((await drain()).accounts).toHaveLength(3);
    expect(await held()).toHaveLength(27);

    const after = new Instance(database, FIVE_OF_HUNDRED);
    await after.take(someone(10, { generation: 2, resource: { userName: 'p10', title: 'new' } }), someone(50, { generation: 2, resource: { userName: 'p50', title: 'new' } }), leaving(60));
    expect((await drain()).accounts.map(({ userId, system, presence }) => [userId, system, presence])).toEqual([
      [ids[10], 'fieldglass', 'active'],
      [ids[50], 'fieldglass', 'active'],
      [ids[50], 'sales-cloud', 'active'],
      [ids[60], 'fieldglass', 'absent'],
      [ids[60], 'sales-cloud', 'absent'],
    ]);
    expect((await held()).find(({ userId }) => userId === ids[10])).toMatchObject({ generation: 2, losses: [{ system: 'sales-cloud', loss: 'role' }] });

    await storeRuleSet(database, giving('REP'));
    await after.sweep();
    expect(people((await drain()).accounts).length).toBe(4);
    expect(await held()).toEqual([]);
  });

  test('a release lets through only what was held: when it would take something else by now it is held anew', async () => {
    const one = await employed({ count: 0, fromAccounts: 1000 });
    await one.take(someone(0, { generation: 2, presence: 'disabled' }));
    await storeRuleSet(database, { systems: { 'sales-cloud': { account: { when: { unit: '9' } } }, fieldglass: systemRules() } });
    await drain();
    expect(await one.release({ userId: ids[0] ?? '' })).toMatchObject({ done: 0, changed: 1 });
    expect((await drain()).accounts).toEqual([]);
    expect(await held()).toMatchObject([{ userId: ids[0], approvedBy: [], losses: [{ system: 'fieldglass', loss: 'disable' }, { system: 'sales-cloud', loss: 'remove' }] }]);
  });

  test('a drop lasts until other access is wished; a release takes it back', async () => {
    const one = await employed({ count: 0, fromAccounts: 1000 });
    await one.take(someone(0, { generation: 2, presence: 'disabled' }));
    expect(await one.desk.carryOut('drop', { place: 'role-mapping', by: 'anna', reason: 'Wrong export.', userId: ids[0] ?? '' })).toMatchObject({ done: 1 });
    await one.take(someone(0, { generation: 3, presence: 'disabled', resource: { userName: 'p0', title: 'new' } }));
    expect([await held(), await held(true)]).toMatchObject([[], [{ generation: 3, droppedBy: 'anna' }]]);
    await one.take(leaving(0, 4));
    expect(await held()).toMatchObject([{ generation: 4 }]);
    await drain();
    expect(await one.release({ userId: ids[0] ?? '' })).toMatchObject({ done: 1 });
    expect((await drain()).accounts).toMatchObject([{ presence: 'absent' }, { presence: 'absent' }]);
    expect(await held(true)).toEqual([]);
  });

  test('an explicit lock passes, also when another change came behind it', async () => {
    const one = await employed({ count: 0, fromAccounts: 1000 });
    const cause = person().cause;
    await one.take(someone(0, { generation: 2, presence: 'disabled', cause: { ...cause, operation: 'lock' } }), someone(1, { generation: 3, presence: 'disabled', cause: { ...cause, operation: 'patch', locked: true } }), someone(2, { generation: 2, presence: 'disabled' }));
    expect(people((await drain()).accounts)).toEqual(ids.slice(0, 2));
    expect((await held()).map(({ userId }) => userId)).toEqual([ids[2]]);
  });

  test('what locks somebody is still known when new rules are why we look again', async () => {
    const one = await employed({ count: 0, fromAccounts: 1000 });
    await one.take(someone(1, { generation: 3, presence: 'disabled', cause: { ...person().cause, operation: 'patch', locked: true } }));
    await drain();
    await storeRuleSet(database, giving());
    await one.sweep();
    expect((await drain()).accounts).toMatchObject([{ userId: ids[1], cause: { operation: 'rules', locked: true } }]);
  });

  test('where two operators must agree, the same one twice is one', async () => {
    const one = await employed({ count: 0, fromAccounts: 1000, approvals: 2 });
    await one.take(leaving(0));
    await drain();
    const whom = { userId: ids[0] ?? '' };
    expect(await one.release(whom)).toMatchObject({ done: 0, waiting: 1, repeated: 0 });
    expect(await one.release(whom)).toMatchObject({ done: 0, waiting: 1, repeated: 1 });
    expect((await drain()).accounts).toEqual([]);
    expect(await one.release({ ...whom, by: 'olga' })).toMatchObject({ done: 1 });
    expect((await drain()).accounts).toMatchObject([{ cause: { releases: 2 } }, { cause: { releases: 2 } }]);
  });

  test('losses are counted within the window only; what is held stays held after it, also when the person is changed', async () => {
    const one = await employed({ count: 1, fromAccounts: 1000, windowMs: 300 });
    await one.take(leaving(0));
    await one.take(leaving(1));
    expect((await held()).map(({ userId }) => userId)).toEqual([ids[1]]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await one.take(leaving(1, 3));
    await one.take(leaving(2));
    expect(await held()).toMatchObject([{ userId: ids[1], generation: 3 }]);
    expect(await held()).toHaveLength(1);
  });

  test('a mover who exchanges one role for another loses one; a new unit or a second role is no loss', async () => {
    const one = await employed({ count: 0, fromAccounts: 1000 });
    await one.take(someone(0, { generation: 2, units: ['1000', '3000'] }));
    await storeRuleSet(database, giving('REP', 'MORE'));
    await one.sweep();
    expect(await held()).toEqual([]);
    await storeRuleSet(database, giving('REP', 'OTHER'));
    await one.sweep();
    expect(await held()).toHaveLength(100);
  });
});
