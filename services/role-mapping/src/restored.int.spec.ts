import { topicName } from '@rolebridge/contracts';
import { openTransaction } from '@rolebridge/kafka/test';
import { backUp } from '@rolebridge/local-stack';
import { createLogger, loadEnvironment } from '@rolebridge/observability';
import { connectDatabase } from '@rolebridge/persistence';

import type { RuleFile } from './decide/rule-set.ts';
import { RoleMappingEnvironment } from './environment.ts';
import { restoreRoleMapping } from './run-restored.ts';
import { eventually, Landscape } from './test/landscape.ts';
import { person, systemRules } from './test/person.ts';

const giving = (role: string): RuleFile => ({ ...systemRules(), rules: [{ name: 'all', when: { everybody: true }, give: { roles: [role] } }] });
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function restoring(landscape: Landscape): ReturnType<typeof restoreRoleMapping> {
  return restoreRoleMapping({
    environment: loadEnvironment(RoleMappingEnvironment, { ...landscape.environment, PORT: '0', TOPIC_PREFIX: landscape.prefix }),
    log: createLogger({ service: 'role-mapping', level: 'silent' }),
    version: 'test',
    schema: landscape.schema,
  });
}

test('a schema put back from an older backup: the newest accounts go out in a higher epoch, and nobody gets back what was taken or has ended since', async () => {
  const landscape = await Landscape.start(['sales-cloud']);
  const url = landscape.environment['DATABASE_URL'] ?? '';
  const database = connectDatabase({ url, schema: landscape.schema, applicationName: 'test' });
  try {
    await landscape.rules('sales-cloud', giving('OLD'));
    const first = await landscape.serve();
    const send = (n: number, generation: number, presence: 'active' | 'disabled' | 'absent' = 'active') => landscape.send(landscape.record(person({ id: id(n), generation, presence, resource: { userName: `p${n}` } })));
    for (const n of [1, 2, 3, 5]) await send(n, 1);
    await eventually(() => landscape.accounts.length === 4);
    const putBack = await backUp(database, landscape.schema);
    /** As if it had been ahead in the backup. */
    const dateHasPassed = (n: number) => database.query(`update user_state set identity = (identity::jsonb || '{"validTo": "2026-01-01"}')::json, reevaluate_at = '2026-01-02' where user_id = $1`, [id(n)]);

    await send(1, 2, 'disabled');
    await send(4, 1);
    await eventually(() => landscape.accounts.length === 6);
    await send(6, 1);
    await eventually(() => landscape.accounts.length === 7);
    await send(7, 1);
    await eventually(() => landscape.accounts.length === 8);
    await send(7, 2, 'absent');
    await eventually(() => landscape.accounts.length === 9);
    await landscape.rules('sales-cloud', giving('NEW'));
    await first.rules.load();
    await eventually(async () => (await database.query('select 1 from user_state where rule_set < 2')).length === 0);
    await eventually(() => landscape.accounts.length >= 13);
    const assigned = () => database.query<{ presence: string }>('select user_id, presence, user_generation from assignment order by user_id');
    const before = await assigned();
    const restore = () => restoring(landscape);
    await expect(restore()).rejects.toThrow('stop every instance');
    await first.close();
    await landscape.send(landscape.record(person({ id: id(6), generation: 2, presence: 'absent', resource: { userName: 'p6' } }))); // left while nobody listened
    await putBack();
    await dateHasPassed(5);
    const seen = landscape.accounts.length;
    expect(await restore()).toMatchObject({ epoch: 1, republished: 7 });
    expect((await assigned()).slice(0, 4)).toEqual(before.slice(0, 4));
    expect((await assigned()).map(({ presence }) => presence)).toEqual(['disabled', 'active', 'active', 'active', 'disabled', 'absent', 'absent']);

    const second = await landscape.serve();
    await eventually(() => [1, 2, 3, 4, 5, 6, 7].every((n) => landscape.accounts.slice(seen).some(({ userId }) => userId === id(n))));
    const late = landscape.accounts.slice(seen);
    expect(late.every(({ generation }) => generation > 2 ** 40)).toBe(true);
    expect(late.filter(({ userId }) => [id(1), id(5), id(6), id(7)].includes(userId)).map(({ presence }) => presence)).not.toContain('active');
    expect(late.flatMap(({ entitlements }) => entitlements.role?.items.map(({ value }) => value) ?? [])).not.toContain('OLD');
    await send(2, 2, 'disabled');
    await eventually(() => landscape.accounts.at(-1)?.userId === id(2) && landscape.accounts.at(-1)?.presence === 'disabled');
    expect(landscape.accounts.at(-1)?.generation).toBeGreaterThan(2 ** 40 + 1);

    await second.close();
    await landscape.rules('sales-cloud', giving('OLD')); // as in the backup: no sweep looks at everybody
    await putBack(); // the same backup once more: connectors have seen the epoch 1 already
    await dateHasPassed(5);
    expect(await restore()).toMatchObject({ epoch: 2, republished: 7 });
    expect((await assigned()).map(({ presence }) => presence)).toEqual(['disabled', 'disabled', 'active', 'active', 'disabled', 'absent', 'absent']);
  } finally {
    await database.close();
    await landscape.close();
  }
}, 120_000);

test('what was accepted and wished for behind transactions that killed relays have left open is taken back too, without waiting for their end', async () => {
  const landscape = await Landscape.start(['sales-cloud']);
  const database = connectDatabase({ url: landscape.environment['DATABASE_URL'] ?? '', schema: landscape.schema, applicationName: 'test' });
  try {
    await landscape.rules('sales-cloud', giving('SALES'));
    const running = await landscape.serve();
    const recordOf = (n: number, generation: number, presence: 'active' | 'absent' = 'active') => landscape.record(person({ id: id(n), generation, presence, resource: { userName: `p${n}` } }));
    await landscape.send(recordOf(1, 1));
    await eventually(() => landscape.accounts.length === 1);
    const putBack = await backUp(database, landscape.schema);
    const wishes = { ...recordOf(1, 1), topic: topicName('desiredAccount', { system: 'sales-cloud' }, landscape.prefix), value: JSON.stringify(landscape.accounts[0]) };
    const open = [await openTransaction(landscape.brokers, [recordOf(1, 1)]), await openTransaction(landscape.brokers, [wishes])];
    await landscape.send(recordOf(2, 1), recordOf(3, 1));
    const assigned = () => database.query<{ presence: string }>('select user_id, presence, user_generation from assignment order by user_id');
    await eventually(async () => (await assigned()).length === 3);
    await landscape.send(recordOf(3, 2, 'absent'));
    await eventually(async () => (await assigned())[2]?.presence === 'absent' && (await database.query('select 1 from outbox')).length === 0);
    const before = await assigned();
    await running.close();
    await putBack();
    expect(await restoring(landscape)).toMatchObject({ republished: 3 });
    expect(await assigned()).toEqual(before);
    for (const one of open) await one.end();
  } finally {
    await database.close();
    await landscape.close();
  }
}, 60_000);
