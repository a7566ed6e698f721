import { readDeadLetter, topicName } from '@rolebridge/contracts';
import { connectDatabase } from '@rolebridge/persistence';

import type { RuleFile } from '../decide/rule-set.ts';
import { openBrake } from '../store/brake.ts';
import { databaseClock } from '../store/clock.ts';
import { RuleSets, storeRuleSet } from '../store/rule-set.repository.ts';
import { UserIntake } from '../store/user-intake.ts';
import { Landscape, OPERATOR_TOKEN, eventually } from '../test/landscape.ts';
import { ANNA, person, systemRules } from '../test/person.ts';
import { takeUsers } from './take-users.ts';

const BERT = '22222222-2222-4222-8222-222222222222';
const sales = (role = 'SALES_REP'): RuleFile => systemRules({ rules: [{ name: 'sales', when: { unit: '1*' }, give: { roles: [role] } }] });

describe('role-mapping, with a real broker and a real database', () => {
  let landscape: Landscape;

  beforeEach(async () => {
    landscape = await Landscape.start(['sales-cloud']);
    await landscape.rules('sales-cloud', sales());
  });
  afterEach(() => landscape.close());

  const roles = () => landscape.accounts.map((account) => [account.generation, account.entitlements.role?.items.map(({ value }) => value)]);

  test('a person becomes an account; the same again nothing; leaving the next generation; a late record nothing', async () => {
    await landscape.serve();
    const anna = person({ generation: 5, units: ['1000'] });
    await landscape.send(landscape.record(anna));
    await eventually(() => landscape.accounts.length === 1);
    await landscape.send(landscape.record(anna), landscape.record({ ...anna, generation: 6, presence: 'absent' }), landscape.record({ ...anna, generation: 4 }));
    await eventually(() => landscape.outcomes.length === 2);
    await landscape.send(landscape.record(person({ id: BERT, units: ['1000'] })));
    await eventually(() => landscape.outcomes.length === 3 && landscape.accounts.length === 3);
    expect(landscape.accounts.map(({ userId, generation, presence, userGeneration }) => [userId, generation, presence, userGeneration])).toEqual([
      [ANNA, 1, 'active', 5],
      [ANNA, 2, 'absent', 6],
      [BERT, 1, 'active', 1],
    ]);
  });

  test('a malformed record goes to the dead letters with its bytes, and the next one is processed', async () => {
    await landscape.serve();
    const good = landscape.record(person({ units: ['1000'] }));
    const broken = { ...good, value: '{"id":"' };
    const nameless = { ...good, value: JSON.stringify({ ...person(), resource: {} }) };
    const foreign = { ...good, key: BERT };
    const poisoned = { ...good, value: JSON.stringify(person({ units: ['\u0000'] })) };
    await landscape.send(broken, nameless, foreign, poisoned, { ...good, value: null }, good);
    await eventually(() => landscape.letters.length === 4 && landscape.accounts.length === 1);
    const letters = landscape.letters.map((letter) => readDeadLetter(letter)).flatMap((read) => (read.ok ? [read.value] : []));
    expect(letters.map(({ failure }) => failure.code).toSorted()).toEqual(['bad-json', 'bad-schema', 'foreign-key', 'unstorable-text']);
    expect(letters.find(({ failure }) => failure.code === 'bad-json')?.original.value?.toString()).toBe(broken.value);
    expect(letters.find(({ failure }) => failure.code === 'bad-schema')?.failure.field).toBe('resource.userName');
  });

  test('new rules reach everybody and publish only differences', async () => {
    const service = await landscape.serve();
    await landscape.send(landscape.record(person({ units: ['1000'] })), landscape.record(person({ id: BERT, units: ['2000'] })));
    await eventually(() => landscape.outcomes.length === 2 && landscape.accounts.length === 2);
    await landscape.rules('sales-cloud', sales('SALES_MANAGER'));
    const answer = await fetch(`${service.url}/operator/rules/reload`, { method: 'POST', headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } });
    expect([answer.status, await answer.json()]).toEqual([200, { version: 2, added: true }]);
    await eventually(() => landscape.outcomes.length === 3 && landscape.accounts.length === 3);
    expect(landscape.accounts.filter(({ userId }) => userId === ANNA)).toMatchObject([{ generation: 1, ruleSet: 1 }, { generation: 2, ruleSet: 2, urgency: 'bulk' }]);
    expect(landscape.accounts.filter(({ userId }) => userId === BERT)).toHaveLength(1);
  });

  test('rules changed while the service was down reach everybody at its start', async () => {
    const first = await landscape.serve();
    await landscape.send(landscape.record(person({ units: ['1000'] })));
    await eventually(() => landscape.accounts.length === 1);
    await first.close();
    await landscape.rules('sales-cloud', sales('SALES_MANAGER'));
    await landscape.serve();
    await eventually(() => landscape.accounts.length === 2);
    expect(roles()).toEqual([[1, ['SALES_REP']], [2, ['SALES_MANAGER']]]);
  });

  test('a date that passes ends access by itself, and also when the service was down meanwhile', async () => {
    let now = new Date('2026-11-27T10:00:00Z');
    const clock = async () => now;
    const first = await landscape.serve({ clock });
    await landscape.send(landscape.record(person({ units: ['1000'], validTo: '2026-11-27' })), landscape.record(person({ id: BERT, units: ['1000'], validTo: '2026-12-01' })));
    await eventually(() => landscape.accounts.length === 2);
    now = new Date('2026-11-28T00:00:00Z');
    first.timers.wake();
    await eventually(() => landscape.accounts.length === 3);
    expect(landscape.accounts[2]).toMatchObject({ userId: ANNA, generation: 2, presence: 'disabled', urgency: 'leaving', cause: { operation: 'time' } });
    await first.close();
    now = new Date('2026-12-24T00:00:00Z');
    await landscape.serve({ clock });
    await eventually(() => landscape.accounts.length === 4);
    expect(landscape.accounts[3]).toMatchObject({ userId: BERT, generation: 2, presence: 'disabled' });
  });

  test('a process killed after its transaction and before its offsets reached the broker leaves no second effect', async () => {
    const { DATABASE_URL: url = '' } = landscape.environment;
    const database = connectDatabase({ url, schema: landscape.schema, applicationName: 'killed' });
    await storeRuleSet(database, { systems: { 'sales-cloud': { ...systemRules(), ...sales() } } });
    const intake = new UserIntake({ database, ruleSets: new RuleSets(), clock: databaseClock, settings: { topicPrefix: landscape.prefix, serviceVersion: 'test', brake: openBrake } });
    const taker = takeUsers({ intake, topicPrefix: landscape.prefix, serviceVersion: 'test' });
    await landscape.send(landscape.record(person({ units: ['1000'] })), landscape.record(person({ id: BERT, units: ['1000'] })));
    let taken = 0;
    const doomed = await landscape.kafka.consume({
      groupId: `${landscape.prefix}role-mapping`,
      topics: [topicName('user', {}, landscape.prefix)],
      handler: async (batch) => {
        await taker.take(batch);
        taken += batch.records.length;
        throw new Error('killed before the offsets were committed');
      },
    });
    await eventually(() => taken >= 2);
    await doomed.close();
    expect(await database.query('select user_id from assignment')).toHaveLength(2);
    await database.query('delete from consumer_offset'); // not even the table knows: everything is read again
    await database.close();
    await landscape.serve();
    await landscape.send(landscape.record(person({ id: '33333333-3333-4333-8333-333333333333', units: ['1000'] })));
    await eventually(() => landscape.accounts.length >= 3);
    expect(landscape.accounts.map(({ generation }) => generation)).toEqual([1, 1, 1]);
    expect(new Set(landscape.accounts.map(({ userId }) => userId)).size).toBe(3);
  });

  test('two instances share the work and never publish a generation twice', async () => {
    await Promise.all([landscape.serve(), landscape.serve()]);
    const ids = Array.from({ length: 60 }, (_, n) => `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`);
    await landscape.send(...ids.map((id) => landscape.record(person({ id, units: ['1000'] }))));
    await landscape.send(...ids.map((id) => landscape.record(person({ id, generation: 2, units: ['2000'] }))));
    const newest = (id: string) => landscape.accounts.filter(({ userId }) => userId === id).toSorted((a, b) => b.generation - a.generation)[0];
    await eventually(() => ids.every((id) => newest(id)?.userGeneration === 2 || newest(id)?.entitlements.role?.items.length === 0));
    await eventually(() => ids.every((id) => landscape.outcomes.some((outcome) => outcome.userId === id && outcome.userGeneration === 2)));
    const seen = landscape.accounts.map(({ userId, generation }) => `${userId} ${generation}`);
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of ids) expect(newest(id)?.entitlements.role?.items).toEqual([]);
  });

  test('operators see what a caller asked for beside what rules give', async () => {
    const service = await landscape.serve();
    const requested = { 'sales-cloud': { grants: [{ type: 'role', value: 'EXTRA', by: 'iag', since: 1 }], revokes: [] } };
    await landscape.send(landscape.record(person({ units: ['1000'], requested })));
    await eventually(() => landscape.accounts.length === 1);
    const answer = await fetch(`${service.url}/operator/explain/${ANNA}`, { headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } });
    expect(await answer.json()).toMatchObject({
      systems: [{ system: 'sales-cloud', requested: requested['sales-cloud'], entitlements: { role: { items: [{ value: 'EXTRA', rules: ['request:iag'] }, { value: 'SALES_REP', rules: ['sales'] }] } } }],
    });
  });

  test('operators see which rules gave what; nobody else does', async () => {
    const service = await landscape.serve();
    await landscape.send(landscape.record(person({ generation: 3, units: ['1000'], validTo: '2099-01-01' })));
    await eventually(() => landscape.accounts.length === 1);
    const ask = (path: string, token = OPERATOR_TOKEN) => fetch(`${service.url}/operator/${path}`, { headers: { authorization: `Bearer ${token}` } });
    expect(await (await ask(`explain/${ANNA}`)).json()).toEqual({
      userId: ANNA,
      userGeneration: 3,
      presence: 'active',
      ruleSet: 1,
      reevaluateAt: '2099-01-02T00:00:00.000Z',
      warnings: [],
      systems: [
        {
          system: 'sales-cloud',
          verdict: 'account',
          presence: 'active',
          entitlements: { role: { complete: false, items: [{ value: 'SALES_REP', rules: ['sales'] }] } },
          published: { generation: 1, userGeneration: 3, ruleSet: 1, presence: 'active' },
        },
      ],
    });
    expect(await (await ask('outbox')).json()).toMatchObject({ aside: 0, keys: [] });
    expect((await ask(`explain/${BERT}`)).status).toBe(404);
    expect((await ask(`explain/${ANNA}`, 'wrong')).status).toBe(401);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });

  test('a system that vanishes from the configuration stops the start, until it is retired (L14)', async () => {
    const first = await landscape.serve();
    const grown = await Landscape.start(['sales-cloud', 'fieldglass']);
    await grown.rules('sales-cloud', sales());
    await grown.rules('fieldglass', sales());
    const both = await grown.serve({ schema: landscape.schema });
    await both.rules.load();
    await expect(first.rules.load()).rejects.toThrow('System fieldglass: the active rules give accounts there, but it is no longer configured.');
    const answer = await fetch(`${both.url}/operator/systems/fieldglass/retire`, { method: 'POST', headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } });
    expect(answer.status).toBe(204);
    expect(await first.rules.load()).toMatchObject({ version: 3, added: true });
    await grown.close();
  });
});
