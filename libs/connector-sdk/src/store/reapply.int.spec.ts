import { createLogger } from '@rolebridge/observability';
import { listOrders } from '@rolebridge/persistence';
import { startReapplying } from '../dispatch/reapplying.ts';
import { person, Workbench } from '../test/workbench.ts';
import { listReapplies, nextReapplyInMs, reapplyNext, reapplyOne, startReapply, stopReapply } from './reapply.ts';

const SYSTEM = 'directory';
const order = (more: object = {}) => ({ system: SYSTEM, perMinute: 60_000, reason: 'The target was restored.', ...more });

describe('looking at accounts again', () => {
  let bench: Workbench;
  beforeEach(async () => (bench = await Workbench.open()));
  afterEach(() => bench.close());

  async function employed(count: number, options: Parameters<Workbench['run']>[0] = {}) {
    const runtime = await bench.run(options);
    const people = Array.from({ length: count }, () => person());
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(async () => (await bench.database.query(`select 1 from link where state in ('applied', 'accepted')`)).length === count, 30_000);
    return { people, runtime };
  }

  test('what somebody broke at the target is made good; who is as wished is not written', async () => {
    const { people, runtime } = await employed(20);
    const broken = bench.directory.byKey(people[3]?.userName ?? '');
    if (!broken) throw new Error('There is no account.');
    bench.directory.accounts.set(broken.id, { ...broken, units: ['999'] });
    const before = bench.directory.effects.length;
    expect(await startReapply(bench.database, order(), 'anna')).toMatchObject({ people: 20, done: 0, running: true });
    expect(await startReapply(bench.database, order(), 'anna')).toBeUndefined();
    const working = startReapplying(bench.database, [runtime], createLogger({ service: 'test', level: 'silent' }));
    await bench.until(async () => (await listReapplies(bench.database, [SYSTEM]))[0]?.running === false);
    await bench.until(async () => (await bench.database.query(`select 1 from link where state in ('applied', 'unchanged')`)).length === 20);
    await working.close();
    expect(await listReapplies(bench.database, [SYSTEM])).toMatchObject([{ people: 20, done: 20, running: false, operator: 'anna' }]);
    expect(bench.directory.effects.slice(before)).toEqual([`${people[3]?.userName} #1`]);
    expect((await listOrders(bench.database, { limit: 5 })).orders).toMatchObject([{ order: 'reapply', affected: 20, system: SYSTEM }]);
  });

  test('a target that cannot be read is sent to again, once per person', async () => {
    const { people } = await employed(3, { oneWay: true });
    expect(await reapplyOne(bench.database, order({ userId: people[0]?.userId }), 'anna')).toBe('reapplied');
    bench.wake();
    await bench.until(() => bench.directory.effects.length === 4);
    await bench.settled(people[0]?.userId ?? '');
    expect(bench.directory.effects.at(-1)).toBe(`${people[0]?.userName} #1`);
  });

  test('goes as fast as it is told, from where a dead process stopped, until it is stopped', async () => {
    await employed(10);
    await startReapply(bench.database, order({ perMinute: 120 }), 'anna');
    expect(await reapplyNext(bench.database, [SYSTEM])).toBe(2);
    expect(await reapplyNext(bench.database, [SYSTEM])).toBe(0);
    expect(await nextReapplyInMs(bench.database, [SYSTEM])).toBeGreaterThan(300);
    await bench.database.query('update reapply set next_at = now()');
    const both = await Promise.all([reapplyNext(bench.database, [SYSTEM]), reapplyNext(bench.database, [SYSTEM])]);
    expect(both.toSorted()).toEqual([0, 2]);
    expect(await stopReapply(bench.database, order(), 'anna')).toMatchObject({ done: 4, running: false });
    expect([await stopReapply(bench.database, order(), 'anna'), await nextReapplyInMs(bench.database, [SYSTEM])]).toEqual([undefined, undefined]);
  });

  test('is braked: what the target would lose is held', async () => {
    const { people } = await employed(4, { brake: { count: 0 } });
    const [one] = people;
    await bench.database.query(`update link set desired = jsonb_set(desired, '{presence}', '"disabled"') where user_id = $1`, [one?.userId]);
    await reapplyOne(bench.database, order({ userId: one?.userId }), 'anna');
    bench.wake();
    await bench.until(async () => (await bench.link(one?.userId ?? '')).state === 'held');
    expect(await reapplyOne(bench.database, order({ userId: one?.userId }), 'anna')).toBe('held');
    expect(await reapplyOne(bench.database, order({ userId: person().userId }), 'anna')).toBe('unknown');
  });
});
