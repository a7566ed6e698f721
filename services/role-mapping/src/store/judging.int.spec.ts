import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import type { DesiredAccount, EvaluatedOutcome, IdentityUser, Outcome } from '@rolebridge/contracts';
import { connectDatabase, migrate } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import type { RuleFile, RuleSet } from '../decide/rule-set.ts';
import { MIGRATIONS } from '../schema.ts';
import { ANNA, person, systemRules } from '../test/person.ts';
import { openBrake } from './brake.ts';
import { Reevaluation } from './reevaluation.ts';
import { RuleSets, storeRuleSet, unsweptVersion } from './rule-set.repository.ts';
import { UserIntake } from './user-intake.ts';
import type { IntakeResult } from './user-intake.ts';

const BERT = '22222222-2222-4222-8222-222222222222';
const CLARA = '33333333-3333-4333-8333-333333333333';

const byUnit = (role = 'SALES_REP'): RuleFile => ({ rules: [{ name: 'sales', when: { unit: '1*' }, give: { roles: [role] } }] });
const rulesFor = (...files: readonly RuleFile[]): RuleSet => ({ systems: Object.fromEntries(files.map((file, position) => [['sales-cloud', 'fieldglass'][position] ?? '', systemRules(file)])) });

interface Published {
  readonly topic: string;
  readonly value: string;
}

/** One instance of the service, without broker: what would go there stands in the outbox. */
class Instance {
  now = new Date('2026-11-22T12:00:00Z');
  readonly ruleSets = new RuleSets();
  readonly intake: UserIntake;
  readonly reevaluation: Reevaluation;

  constructor(readonly database: Database) {
    const options = { database, ruleSets: this.ruleSets, clock: async () => this.now, settings: { topicPrefix: '', serviceVersion: 'test', brake: openBrake } };
    this.intake = new UserIntake(options);
    this.reevaluation = new Reevaluation({ ...options, chunk: 2 });
  }

  take(...users: readonly IdentityUser[]): Promise<IntakeResult> {
    return this.intake.take({ consumer: 'role-mapping', users, buried: [], offsets: [] });
  }

  async sweepToTheEnd(): Promise<number> {
    let chunks = 0;
    let after: string | undefined;
    for (;;) {
      const step = await this.reevaluation.sweep(after);
      after = step.last;
      chunks += 1;
      if (step.done) return chunks;
    }
  }
}

async function drain(database: Database): Promise<{ readonly accounts: readonly DesiredAccount[]; readonly outcomes: readonly Outcome[]; readonly buried: readonly unknown[] }> {
  const rows = await database.query<Published>('with gone as (delete from outbox returning sequence, topic, value) select topic, value from gone order by sequence');
  const accounts = rows.filter(({ topic }) => topic.includes('desired-account')).map(({ value }) => JSON.parse(value) as DesiredAccount);
  const outcomes = rows.filter(({ topic }) => topic.includes('outcome')).map(({ value }) => JSON.parse(value) as Outcome);
  const buried = rows.filter(({ topic }) => topic.includes('dead-letter')).map(({ value }): unknown => JSON.parse(value));
  return { accounts, outcomes, buried };
}

const roles = (account: DesiredAccount | undefined) => account?.entitlements.role?.items.map(({ value }) => value);

describe('judging people, on a real database', () => {
  let database: Database;
  let one: Instance;

  beforeEach(async () => {
    const { databaseUrl: url } = await testStack();
    const schema = uniqueSchema();
    await migrate({ url, schema, directory: MIGRATIONS });
    database = connectDatabase({ url, schema, applicationName: 'test', queue: true });
    one = new Instance(database);
    await storeRuleSet(database, rulesFor(byUnit()));
  });
  afterEach(() => database.close());

  test('a person gets an account of generation 1, and the outcome says which generation covers the person', async () => {
    await one.take(person({ generation: 7, units: ['1000'] }));
    const { accounts, outcomes } = await drain(database);
    expect(accounts).toMatchObject([{ system: 'sales-cloud', userId: ANNA, generation: 1, userGeneration: 7, ruleSet: 1, presence: 'active', urgency: 'normal' }]);
    expect(roles(accounts[0])).toEqual(['SALES_REP']);
    expect(outcomes).toMatchObject([{ stage: 'evaluated', userId: ANNA, userGeneration: 7, ruleSet: 1, systems: { 'sales-cloud': 1 } }]);
  });

  test('the same generation again, and an older one, change nothing and say nothing', async () => {
    await one.take(person({ generation: 7, units: ['1000'] }));
    await drain(database);
    await one.take(person({ generation: 7, units: ['2000'] }));
    await one.take(person({ generation: 6, units: ['2000'] }));
    expect(await drain(database)).toEqual({ accounts: [], outcomes: [], buried: [] });
  });

  test('a newer generation without difference is told as judged, but publishes no account (L15)', async () => {
    await one.take(person({ generation: 7, units: ['1000'] }));
    await drain(database);
    await one.take(person({ generation: 8, units: ['1000'] }));
    const { accounts, outcomes } = await drain(database);
    expect(accounts).toEqual([]);
    expect(outcomes).toMatchObject([{ userGeneration: 8, systems: { 'sales-cloud': 1 } }]);
  });

  test('a person who falls away becomes absent with the next generation, and returns with the one after', async () => {
    await one.take(person({ generation: 1, units: ['1000'] }));
    await one.take(person({ generation: 2, units: ['1000'], presence: 'absent' }));
    await one.take(person({ generation: 3, units: ['1000'] }));
    const { accounts } = await drain(database);
    expect(accounts.map(({ generation, presence, urgency }) => [generation, presence, urgency])).toEqual([[1, 'active', 'normal'], [2, 'absent', 'leaving'], [3, 'active', 'normal']]);
  });

  test('who never had an account and gets none is told so', async () => {
    await storeRuleSet(database, { systems: { 'sales-cloud': { account: { when: { unit: '9' } } } } });
    await one.take(person({ units: ['1000'] }));
    expect(await drain(database)).toMatchObject({ accounts: [], outcomes: [{ systems: { 'sales-cloud': null } }] });
  });

  test('a wish that the rules refuse leaves the account alone, answers at once and is buried for a person to see', async () => {
    await storeRuleSet(database, rulesFor({ settings: { primaryUnit: 'reject' }, passThrough: { units: true } }));
    await one.take(person({ generation: 1, units: ['1', '2'] }));
    const { accounts, outcomes, buried } = await drain(database);
    expect(accounts).toEqual([]);
    expect(buried).toMatchObject([{ id: ANNA, generation: 1 }]);
    expect(outcomes).toMatchObject([{ stage: 'delivered', state: 'rejected', system: 'sales-cloud', failure: { field: 'primaryUnit' } }, { stage: 'evaluated', systems: { 'sales-cloud': null } }]);
  });

  test('generations of a restored schema go on above everything published before (L6)', async () => {
    await database.query('update generation_epoch set epoch = 3');
    await one.take(person({ units: ['1000'] }));
    expect((await drain(database)).accounts).toMatchObject([{ generation: 3 * 2 ** 40 + 1 }]);
  });

  test('a renamed rule changes the explanation and publishes nothing', async () => {
    await one.take(person({ units: ['1000'] }));
    await drain(database);
    await storeRuleSet(database, rulesFor({ rules: [{ name: 'sales-people', when: { unit: '1*' }, give: { roles: ['SALES_REP'] } }] }));
    await one.sweepToTheEnd();
    expect(await drain(database)).toEqual({ accounts: [], outcomes: [], buried: [] });
    const [row] = await database.query<{ desired: DesiredAccount }>('select desired from assignment');
    expect(row?.desired.entitlements.role?.items).toEqual([{ value: 'SALES_REP', rules: ['sales-people'] }]);
    expect(row?.desired.generation).toBe(1);
  });

  describe('new rules', () => {
    test('the same rules keep their version; another set, and an older one again, are new versions', async () => {
      expect(await storeRuleSet(database, rulesFor(byUnit()))).toEqual({ version: 1, added: false });
      expect(await storeRuleSet(database, rulesFor(byUnit('OTHER')))).toEqual({ version: 2, added: true });
      expect(await storeRuleSet(database, rulesFor(byUnit()))).toEqual({ version: 3, added: true });
    });

    test('a sweep judges everybody in chunks and publishes only differences, in bulk', async () => {
      await one.take(person({ units: ['1000'] }), person({ id: BERT, units: ['2000'] }), person({ id: CLARA, units: ['1000'] }));
      await drain(database);
      await storeRuleSet(database, rulesFor({ rules: [...(byUnit().rules ?? []), { name: 'service', when: { unit: '2*' }, give: { roles: ['SERVICE_AGENT'] } }] }));
      expect(await one.sweepToTheEnd()).toBe(2);
      const { accounts, outcomes } = await drain(database);
      expect(accounts).toMatchObject([{ userId: BERT, generation: 2, ruleSet: 2, urgency: 'bulk', cause: { operation: 'rules' } }]);
      expect(outcomes).toMatchObject([{ userId: BERT, ruleSet: 2 }]);
      expect(await unsweptVersion(database)).toBeUndefined();
    });

    test('a new system is filled by the sweep with the last state of everybody, once each; who has left is not told there (L27)', async () => {
      const fieldglass: RuleFile = { passThrough: { units: true } };
      for (const [generation, unit] of ['1000', '1100', '1200'].entries()) await one.take(person({ generation: generation + 1, units: [unit] }));
      await one.take(person({ id: BERT, units: ['1000'] }), person({ id: CLARA, units: ['1000'] }));
      await one.take(person({ id: BERT, generation: 2, units: ['1000'], presence: 'absent' }), person({ id: CLARA, generation: 2, units: ['1000'], presence: 'disabled' }));
      await one.sweepToTheEnd();
      await drain(database);
      await storeRuleSet(database, rulesFor(byUnit(), fieldglass));
      await one.sweepToTheEnd();
      const { accounts } = await drain(database);
      const units = (account: DesiredAccount) => account.entitlements.unit?.items.map(({ value }) => value);
      expect(accounts.map((account) => [account.system, account.userId, account.generation, account.presence, units(account), account.urgency])).toEqual([
        ['fieldglass', ANNA, 1, 'active', ['1200'], 'bulk'],
        ['fieldglass', CLARA, 1, 'disabled', ['1000'], 'bulk'],
      ]);
      await one.take(person({ id: BERT, generation: 2, units: ['1000'], presence: 'absent' }));
      expect((await drain(database)).accounts).toEqual([]);
    });

    test('a sweep that was cut off goes on in another process', async () => {
      await one.take(person({ units: ['1000'] }), person({ id: BERT, units: ['1000'] }), person({ id: CLARA, units: ['1000'] }));
      await drain(database);
      await storeRuleSet(database, rulesFor(byUnit('OTHER')));
      expect(await one.reevaluation.sweep(undefined)).toMatchObject({ users: 2, done: false });
      await new Instance(database).sweepToTheEnd();
      expect((await drain(database)).accounts.map(({ userId }) => userId)).toEqual([ANNA, BERT, CLARA]);
    });

    test('two instances with rules of their own in memory never let somebody be left behind (L11)', async () => {
      const two = new Instance(database);
      await one.take(person({ generation: 1, units: ['1000'] }));
      await two.take(person({ id: BERT, generation: 1, units: ['1000'] }));
      await storeRuleSet(database, rulesFor(byUnit('OTHER')));
      await one.sweepToTheEnd();
      await drain(database);
      // instance two has compiled version 1 only; it must judge by version 2 all the same
      expect((await two.take(person({ generation: 2, units: ['1000'] }))).ruleSet).toBe(2);
      expect((await drain(database)).accounts).toEqual([]);
      const behind = await database.query('select user_id from user_state where rule_set < 2');
      expect(behind).toEqual([]);
    });

    test('a version waits for judgements by the older one, so its sweep sees them (L11)', async () => {
      const order: string[] = [];
      let stored: Promise<unknown> = Promise.resolve();
      await database.transaction(async (sql) => {
        expect((await one.ruleSets.active(sql)).version).toBe(1);
        stored = storeRuleSet(database, rulesFor(byUnit('OTHER'))).then(() => order.push('stored'));
        await new Promise((resolve) => setTimeout(resolve, 150));
        order.push('judged');
      });
      await stored;
      expect(order).toEqual(['judged', 'stored']);
    });

    test('two sweeps at once publish every account once', async () => {
      const people = Array.from({ length: 40 }, (_, n) => person({ id: `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`, units: ['1000'] }));
      await one.take(...people);
      await drain(database);
      await storeRuleSet(database, rulesFor(byUnit('OTHER')));
      await Promise.all([one.sweepToTheEnd(), new Instance(database).sweepToTheEnd()]);
      const { accounts } = await drain(database);
      expect(accounts.map(({ userId }) => userId).toSorted()).toEqual(people.map(({ id }) => id));
      expect(accounts.every(({ generation }) => generation === 2)).toBe(true);
    });
  });

  describe('dates (L12)', () => {
    const due = async () => (await database.query<{ at: Date | null }>('select reevaluate_at as at from user_state'))[0]?.at?.toISOString();

    test('a leaver dated Friday leaves when Friday is over, without any message, also if nobody was there to look on Friday', async () => {
      await one.take(person({ units: ['1000'], validTo: '2026-11-27' }));
      await drain(database);
      expect(await due()).toBe('2026-11-28T00:00:00.000Z');
      one.now = new Date('2026-11-27T23:59:59Z');
      expect((await one.reevaluation.due()).users).toBe(0);
      const restarted = new Instance(database);
      restarted.now = new Date('2026-12-01T08:00:00Z');
      expect((await restarted.reevaluation.due()).users).toBe(1);
      const { accounts, outcomes } = await drain(database);
      expect(accounts).toMatchObject([{ generation: 2, presence: 'disabled', urgency: 'leaving', cause: { operation: 'time', correlationId: 'c-1' } }]);
      expect(outcomes as readonly EvaluatedOutcome[]).toMatchObject([{ userGeneration: 1, systems: { 'sales-cloud': 2 } }]);
      expect(await due()).toBeUndefined();
    });

    test('a joiner dated Monday is prepared locked and opens on Monday', async () => {
      await one.take(person({ units: ['1000'], validFrom: '2026-11-23', validTo: '2026-12-31' }));
      one.now = new Date('2026-11-23T00:00:00Z');
      await one.reevaluation.due();
      expect((await drain(database)).accounts.map(({ presence }) => presence)).toEqual(['disabled', 'active']);
      expect(await due()).toBe('2027-01-01T00:00:00.000Z');
    });

    test('a dated rule gives and takes by itself, and wakes only those it concerns', async () => {
      await storeRuleSet(database, rulesFor({ rules: [{ name: 'fair', validFrom: '2026-11-24', validTo: '2026-11-25', when: { unit: '1*' }, give: { roles: ['FAIR'] } }] }));
      await one.take(person({ units: ['1000'] }), person({ id: BERT, units: ['2000'] }));
      expect(await database.query('select user_id from user_state where reevaluate_at is not null')).toEqual([{ user_id: ANNA }]);
      await drain(database);
      for (const day of ['2026-11-24', '2026-11-26']) {
        one.now = new Date(`${day}T00:00:00Z`);
        await one.reevaluation.due();
      }
      expect((await drain(database)).accounts.map(roles)).toEqual([['FAIR'], []]);
    });

    test('a person who cannot be judged is buried and keeps nobody else waiting', async () => {
      await storeRuleSet(database, rulesFor({ rules: [...(byUnit('OTHER').rules ?? []), { name: 'team', when: { group: { name: 'T' } }, give: { roles: ['T'] } }] }));
      await one.take(person({ units: ['1000'] }), person({ id: BERT, units: ['1000'] }), person({ id: CLARA, units: ['1000'], validTo: '2026-11-22' }));
      await one.sweepToTheEnd();
      await drain(database);
      await database.query("update user_state set identity = (identity::jsonb - 'groups')::json, reevaluate_at = '2026-11-22T00:00:00Z' where user_id = $1", [BERT]);
      one.now = new Date('2026-11-23T00:00:00Z');
      while ((await one.reevaluation.due()).users > 0);
      const dates = await drain(database);
      expect(dates.accounts).toMatchObject([{ userId: CLARA, presence: 'disabled' }]);
      expect(dates.buried).toMatchObject([{ id: BERT }]);
      await storeRuleSet(database, rulesFor({ rules: [...(byUnit('THIRD').rules ?? []), { name: 'team', when: { group: { name: 'T' } }, give: { roles: ['T'] } }] }));
      await one.sweepToTheEnd();
      const rules = await drain(database);
      expect(rules.accounts.map(({ userId }) => userId)).toEqual([ANNA, CLARA]);
      expect(rules.buried).toMatchObject([{ id: BERT }]);
    });

    test('a return before the date takes the date away', async () => {
      await one.take(person({ generation: 1, validTo: '2026-11-27' }));
      await one.take(person({ generation: 2 }));
      expect(await due()).toBeUndefined();
    });
  });
});
