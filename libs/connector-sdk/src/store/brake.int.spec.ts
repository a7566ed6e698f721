import type { DesiredAccount, HeldChange } from '@rolebridge/contracts';
import { listOrders } from '@rolebridge/persistence';
import { brakeMetrics } from '../dispatch/brake-metrics.ts';
import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import { person, Workbench } from '../test/workbench.ts';
import type { BrakePolicy } from './brake.ts';
import { listHeld } from './held.ts';
import { dropHeld, type HeldOrder, releaseHeld } from './release.ts';

const PLACE = 'directory';
const FIVE_OF_HUNDRED: BrakePolicy = { count: 2, share: 0.05, fromAccounts: 100 };

type Person = ReturnType<typeof person>;

describe('the brake of one system', () => {
  let bench: Workbench;
  beforeEach(async () => (bench = await Workbench.open()));
  afterEach(() => bench.close());

  const held = (dropped = false): Promise<readonly HeldChange[]> => listHeld(bench.database, PLACE, { limit: 1000, dropped });
  const ids = (changes: readonly HeldChange[]): readonly string[] => changes.map(({ userId }) => userId).toSorted();
  const titles = (): readonly string[] => [...bench.directory.accounts.values()].filter(({ active }) => !active).map(({ key }) => key).toSorted();
  const order = (more: Partial<HeldOrder>): HeldOrder => ({ place: PLACE, by: 'anna', reason: 'Checked with HR.', approvals: 1, ...more });
  const release = async (more: Partial<HeldOrder>) => {
    const result = await bench.database.transaction((sql) => releaseHeld(sql, order(more)));
    bench.wake();
    return result;
  };

  async function employed(count: number): Promise<readonly Person[]> {
    const people = Array.from({ length: count }, (_, at) => person(`p${String(at).padStart(3, '0')}`));
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(async () => (await bench.database.query(`select 1 from link where state = 'applied'`)).length === count, 60_000);
    return people;
  }

  async function quiet(): Promise<void> {
    await bench.until(async () => (await bench.database.query(`select 1 from link where state in ('pending', 'applying')`)).length === 0, 30_000);
  }

  const disabling = (generation: number, more: Partial<DesiredAccount> = {}) => (one: Person) => ({ ...one.wish({ generation, presence: 'disabled' }), ...more });

  test('6 of 100 disabled against 5 %: the surplus reaches no target, and releasing what was listed lets exactly that set through (L26)', async () => {
    await bench.run({ brake: FIVE_OF_HUNDRED });
    const people = await employed(100);
    await bench.wish(...people.slice(0, 6).map(disabling(2)));
    await quiet();
    expect(titles()).toHaveLength(5);
    const [listed, ...others] = await held();
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ place: PLACE, generation: 2, losses: [{ system: PLACE, loss: 'disable' }], approvedBy: [], cause: { operation: 'replace' } });

    await bench.wish(...people.slice(6, 8).map(disabling(2)));
    await quiet();
    expect(await held()).toHaveLength(3);
    expect(await release({ listing: listed?.number ?? 0 })).toEqual({ done: 1, waiting: 0, repeated: 0, approvals: 1 });
    await bench.settled(listed?.userId ?? '');
    await quiet();
    expect(titles()).toHaveLength(6);
    expect(ids(await held())).toEqual(people.slice(6, 8).map(({ userId }) => userId).toSorted());
    expect((await listOrders(bench.database, { limit: 9 })).orders).toMatchObject([{ order: 'brake-release', operator: 'anna', system: PLACE, affected: 1, subjects: [listed?.userId] }]);
  });

  test('what is held stays held while newer wishes still take something, also after the window; a wish that takes nothing goes', async () => {
    await bench.run({ brake: { count: 1, windowMs: 400 } });
    const people = await employed(3);
    await bench.wish(...people.map(disabling(2)));
    await quiet();
    const [first, second] = await held();
    const [one, two] = people.filter(({ userId }) => userId === first?.userId || userId === second?.userId);
    if (!one || !two) throw new Error('Two are held.');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await bench.wish(one.wish({ generation: 3, presence: 'disabled' }), two.wish({ generation: 3 }));
    await quiet();
    expect(await held()).toMatchObject([{ userId: one.userId, generation: 3 }]);
    expect((await held())[0]?.since).toBe([first, second].find((change) => change?.userId === one.userId)?.since);
    expect(await bench.link(two.userId)).toMatchObject({ state: 'applied', hold: null });
    expect(titles()).toHaveLength(1);
  });

  test('a release names a generation: what was wished since is held again', async () => {
    await bench.run({ brake: { count: 0 } });
    const [anna] = await employed(1);
    if (!anna) throw new Error('Nobody.');
    await bench.wish(disabling(2)(anna));
    await quiet();
    bench.directory.mischief = () => 'before';
    expect(await release({ userId: anna.userId })).toMatchObject({ done: 1 });
    await bench.until(async () => (await bench.link(anna.userId))['attempt'] === 1);
    bench.directory.mischief = () => undefined;
    await bench.wish(disabling(3)(anna));
    await bench.until(async () => (await held()).some(({ generation }) => generation === 3), 20_000);
    expect(titles()).toEqual([]);
    expect(await release({ userId: anna.userId })).toMatchObject({ done: 1 });
    await bench.settled(anna.userId);
    expect(titles()).toEqual([anna.userName]);
    expect(await release({ userId: anna.userId })).toBeUndefined();
  }, 40_000);

  test('a drop lasts until the access that is wished differs, also when other things change; it can be taken back by a release', async () => {
    await bench.run({ brake: { count: 0 } });
    const [anna] = await employed(1);
    if (!anna) throw new Error('Nobody.');
    await bench.wish(disabling(2)(anna));
    await quiet();
    expect(await bench.database.transaction((sql) => dropHeld(sql, order({ userId: anna.userId })))).toMatchObject({ done: 1 });
    expect([await held(), await held(true)]).toMatchObject([[], [{ droppedBy: 'anna' }]]);
    expect(await bench.link(anna.userId)).toMatchObject({ state: 'held', failure: { code: 'brake-dropped' } });

    await bench.wish({ ...disabling(3)(anna), attributes: { userName: anna.userName, title: 'other' } });
    await quiet();
    expect([await held(), await held(true)]).toMatchObject([[], [{ generation: 3, droppedBy: 'anna' }]]);
    expect(await release({ listing: 1_000_000 })).toBeUndefined();

    await bench.wish(anna.wish({ generation: 4, presence: 'absent' }));
    await quiet();
    expect(await held()).toMatchObject([{ generation: 4, userId: anna.userId }]);
    expect(titles()).toEqual([]);
    await bench.wish(anna.wish({ generation: 5, units: ['100', '200'] }));
    await bench.settled(anna.userId);
    expect(await held(true)).toEqual([]);
  });

  test('where two operators must agree, the same one twice is one', async () => {
    await bench.run({ brake: { count: 0, approvals: 2 } });
    const [anna] = await employed(1);
    if (!anna) throw new Error('Nobody.');
    await bench.wish(disabling(2)(anna));
    await quiet();
    const one = { userId: anna.userId, approvals: 2 };
    expect(await release({ ...one, by: 'anna' })).toMatchObject({ done: 0, waiting: 1, repeated: 0 });
    expect(await release({ ...one, by: 'anna' })).toMatchObject({ done: 0, waiting: 1, repeated: 1 });
    expect(await held()).toMatchObject([{ approvedBy: ['anna'] }]);
    expect(titles()).toEqual([]);
    expect(await release({ ...one, by: 'olga' })).toMatchObject({ done: 1, waiting: 0 });
    await bench.settled(anna.userId);
    expect(titles()).toEqual([anna.userName]);
  });

  test('new rules use up half of what is allowed, so that whoever leaves still can', async () => {
    await bench.run({ brake: { count: 4 } });
    const people = await employed(6);
    const rules = { ...people[0]?.wish().cause, operation: 'rules' } as DesiredAccount['cause']; // an operation of its own, the rest as in any wish
    await bench.wish(...people.slice(0, 4).map(disabling(2, { cause: rules })));
    await quiet();
    expect(titles()).toHaveLength(2);
    await bench.wish(...people.slice(4).map(disabling(2)));
    await quiet();
    expect(titles()).toEqual(expect.arrayContaining(people.slice(4).map(({ userName }) => userName)));
    expect(await held()).toHaveLength(2);
  });

  test('an explicit lock passes also when the person was changed since; what was released over all systems passes as far as its operators suffice', async () => {
    await bench.run({ brake: { count: 0, approvals: 2 } });
    const people = await employed(4);
    const because = (cause: Partial<DesiredAccount['cause']>, at: number) => disabling(2, { cause: { ...person().wish().cause, ...cause } })(people[at] ?? person());
    await bench.wish(because({ operation: 'lock' }, 0), because({ operation: 'patch', locked: true }, 1), because({ releases: 1 }, 2), because({ releases: 2 }, 3));
    await quiet();
    expect(titles()).toEqual([0, 1, 3].map((at) => people[at]?.userName));
    expect(ids(await held())).toEqual([people[2]?.userId]);
  });

  test('a brake that is switched off holds nothing', async () => {
    await bench.run({ brake: { count: 0, enabled: false } });
    const people = await employed(2);
    await bench.wish(...people.map(disabling(2)));
    await quiet();
    expect(titles()).toHaveLength(2);
  });

  test('how long somebody kept access is measured once per leave or lock, from its acceptance, when it is done and only if there was something to end', async () => {
    await bench.run({ brake: { enabled: false }, patience: { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1, capMs: 5 } } });
    const [anna = person(), bert = person(), cleo = person(), dora = person()] = await employed(4);
    const at = new Date(Date.now() - 7_000).toISOString();
    bench.directory.write(dora.userName, { active: false, units: [], title: '#2' }, ['100']); // by hand, before anybody asked
    let refused = 0;
    bench.directory.mischief = ({ operation, userId }) => (operation === 'update' && userId === bert.userId && refused++ < 3 ? 'before' : undefined);
    await bench.wish(...[anna, bert, dora].map(disabling(2, { cause: { ...person().wish().cause, at } })), cleo.wish({ generation: 2, units: [] }));
    await quiet();
    expect([refused, (await bench.link(dora.userId)).state]).toEqual([4, 'unchanged']);
    const text = await bench.metrics.registry.metrics();
    expect(text).toMatch(/rolebridge_deprovision_seconds_count\{service="test",system="directory"\} 2\n/);
    expect(text).toMatch(/rolebridge_deprovision_seconds_bucket\{le="5",service="test",system="directory"\} 0\n/);
  });

  test('how many are held is a metric at once', async () => {
    await bench.run({ brake: { count: 1 } });
    brakeMetrics(bench.metrics, bench.database, [PLACE]);
    const people = await employed(3);
    await bench.wish(...people.map(disabling(2)));
    await quiet();
    const text = await bench.metrics.registry.metrics();
    expect(text).toMatch(/rolebridge_brake_held\{system="directory",service="test"\} 2\n/);
    expect(text).toMatch(/rolebridge_brake_held_total\{system="directory",service="test"\} 2\n/);
  });
});
