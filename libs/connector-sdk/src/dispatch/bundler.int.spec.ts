import type { Failure } from '@rolebridge/contracts';
import { bundleWireId } from '../decide/wire-id.ts';
import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import type { Connector } from '../port.ts';
import { BundleDirectory, bundleConnector } from '../test/bundle-directory.ts';
import { person, Workbench } from '../test/workbench.ts';

const QUICK = { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1.5, capMs: 40 }, waitingFirstMs: 20, waitingCapMs: 40 };
const LOST: Failure = { kind: 'in-doubt', code: 'no-answer', message: 'The answer was lost.' };

type Person = ReturnType<typeof person>;

describe('several people in one call (L22)', () => {
  let bench: Workbench;
  let directory: BundleDirectory;
  beforeEach(async () => {
    bench = await Workbench.open();
    directory = new BundleDirectory();
  });
  afterEach(() => bench.close());

  /** The port erases the types of state and observation. */
  const connector = (maxSize: number) => bundleConnector(directory, maxSize) as unknown as Connector<object, unknown>;
  const run = (maxSize = 20, options: Parameters<Workbench['run']>[0] = {}) => bench.run({ connector: connector(maxSize), patience: QUICK, ...options });
  const crowd = (size: number) => Array.from({ length: size }, () => person());
  const states = async () => new Map((await bench.database.query<{ id: string; state: string; attempt: number }>('select user_id as id, state, attempt from link')).map((row) => [row.id, row]));
  const settled = (people: readonly Person[], state = 'applied') => bench.until(async () => {
    const now = await states();
    return people.every(({ userId }) => now.get(userId)?.state === state);
  }, 30_000);

  /** People of whom an outcome told this failure. */
  async function failedWith(code: string): Promise<readonly unknown[]> {
    const outcomes = await bench.records('provisioning.outcome.v1');
    return outcomes.filter(({ failure }) => (failure as { readonly code?: string } | undefined)?.code === code).map(({ userId }) => userId); // read from JSON
  }

  test('due at the same time, they go together, never more than allowed; one who comes alone goes at once', async () => {
    const people = crowd(101);
    await run(20);
    await bench.wish(...people.map((one) => one.wish()));
    await settled(people);
    const sizes = directory.calls.map(({ keys }) => keys.length);
    expect(Math.max(...sizes)).toBe(20);
    expect(sizes.length).toBeLessThan(20);
    expect(directory.calls.flatMap(({ keys }) => keys).toSorted()).toEqual(people.map(({ userName }) => userName).toSorted());
    const [late] = crowd(1);
    if (late === undefined) throw new Error('Nobody is there.');
    await bench.wish(late.wish());
    await settled([late]);
    expect(directory.calls.at(-1)?.keys).toEqual([late.userName]);
  });

  test('a refusal of the whole call is halved down to the one at fault: everybody else is done, he is the one dead letter', async () => {
    const people = crowd(40);
    const [bad] = people.slice(17);
    if (bad === undefined) throw new Error('Nobody is there.');
    directory.bad.add(bad.userName);
    await run(20);
    await bench.wish(...people.map((one) => one.wish()));
    await settled(people.filter((one) => one !== bad));
    await settled([bad], 'rejected');
    expect(directory.titles.size).toBe(39);
    expect(await bench.records('connector-directory.dead-letter.v1')).toHaveLength(1);
    expect((await states()).get(people[0]?.userId ?? '')?.attempt).toBe(0);
    expect(directory.calls.length).toBeLessThan(20);
  });

  test('a target that tells its members apart refuses one and takes the others, in one call', async () => {
    const people = crowd(10);
    const [bad] = people;
    if (bad === undefined) throw new Error('Nobody is there.');
    directory.bad.add(bad.userName);
    directory.refuses = 'each';
    await run(10);
    await bench.wish(...people.map((one) => one.wish()));
    await settled(people.filter((one) => one !== bad));
    await settled([bad], 'rejected');
    expect(directory.calls.flatMap(({ keys }) => keys)).toHaveLength(10);
  });

  test('a member of whom nothing is said is in doubt, and goes alone next time; the others are done', async () => {
    const people = crowd(6);
    const [silent] = people;
    if (silent === undefined) throw new Error('Nobody is there.');
    directory.unmentioned.add(silent.userName);
    await run(10, { settleMs: 300 });
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(async () => (await failedWith('bundle-no-result')).length > 0);
    expect(await failedWith('bundle-no-result')).toEqual([silent.userId]);
    await settled(people.filter((one) => one !== silent));
    await bench.until(async () => ['applied', 'unchanged'].includes((await bench.link(silent.userId)).state));
    expect(directory.calls.filter(({ keys }) => keys.includes(silent.userName))).toHaveLength(1);
  });

  test('every member of a lost answer is in doubt; it counts once for the breaker; looking clears all of them up', async () => {
    const people = crowd(20);
    let lost = 0;
    directory.mischief = () => (lost++ === 0 ? { at: 'after', failure: LOST } : undefined);
    const runtime = await run(20, { settleMs: 300 });
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(() => directory.calls.length > 0);
    const first = directory.calls[0]?.keys ?? [];
    expect(first.length).toBeGreaterThan(8);
    await bench.until(async () => (await failedWith('no-answer')).length === first.length);
    expect(runtime.breaker().mode).toBe('closed');
    await bench.until(async () => [...(await states()).values()].every(({ state }) => ['applied', 'unchanged'].includes(state)));
    expect(directory.calls.filter(({ keys }) => keys.some((key) => first.includes(key)))).toHaveLength(1);
  });

  test('one at whom the target fails inside, every time, exhausts nobody but himself', async () => {
    const people = crowd(12);
    const [bad] = people;
    if (bad === undefined) throw new Error('Nobody is there.');
    directory.mischief = ({ keys }) => (keys.includes(bad.userName) ? { at: 'before', failure: { kind: 'in-doubt', code: 'http-500', message: 'It failed inside.' } } : undefined);
    await run(12);
    await bench.wish(...people.map((one) => one.wish()));
    const done = `select 1 from link where applied = 1 and user_id <> $1`;
    await bench.until(async () => (await bench.database.query(done, [bad.userId])).length === 11);
    const sizes = () => directory.calls.filter(({ keys }) => keys.includes(bad.userName)).map(({ keys }) => keys.length);
    await bench.until(() => sizes().length >= 4);
    expect(new Set(sizes().slice(1))).toEqual(new Set([1]));
    expect((await states()).get(bad.userId)?.attempt).toBeGreaterThan(1);
  }, 60_000);

  test('the id of a bundle comes from its members: the same members, the same id (L23)', async () => {
    const ids = ['a'.repeat(32), 'b'.repeat(32)];
    expect(bundleWireId(ids)).toBe(bundleWireId(ids.toReversed()));
    expect(bundleWireId(ids)).not.toBe(bundleWireId(ids.slice(1)));
    const people = crowd(5);
    await run(5);
    await bench.wish(...people.map((one) => one.wish()));
    await settled(people);
    expect(directory.calls[0]?.wireId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('leases outlive the call: nobody else takes the members of a slow bundle, even when its worker has died', async () => {
    const people = crowd(4);
    let sent = false;
    let open = (): void => undefined;
    const opened = new Promise<undefined>((resolve) => (open = () => resolve(undefined)));
    directory.mischief = () => {
      sent = true;
      return opened;
    };
    await run(4, { leaseMs: 200, renewMs: 60_000, settleMs: 0 });
    await bench.wish(...people.map((one) => one.wish()));
    await bench.until(() => sent);
    const [row] = await bench.database.query<{ ms: number }>(`select (extract(epoch from min(not_before) - now()) * 1000)::float8 as ms from link where state = 'applying'`);
    expect(row?.ms).toBeGreaterThan(300 - 50);
    open();
    await settled(people);
  });
});
