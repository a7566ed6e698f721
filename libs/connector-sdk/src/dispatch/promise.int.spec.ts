import { DEFAULT_PATIENCE } from '../decide/verdict.ts';
import { Directory } from '../test/directory.ts';
import { person, Workbench } from '../test/workbench.ts';

const QUICK = { ...DEFAULT_PATIENCE, backoff: { firstMs: 5, factor: 1.5, capMs: 40 }, waitingFirstMs: 20, waitingCapMs: 40 };
const crowd = (size: number) => Array.from({ length: size }, () => person());
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(async () => {
  await bench.close();
});

const settledAll = async (): Promise<boolean> => (await bench.database.query(`select 1 from link where state not in ('applied', 'unchanged') limit 1`)).length === 0;
const letters = () => bench.records('connector-directory.dead-letter.v1');

async function counted(metric: string, state: string): Promise<number> {
  const { values } = (await bench.metrics.registry.getSingleMetric(metric)?.get()) ?? { values: [] };
  return values.filter(({ labels }) => labels['state'] === state).reduce((sum, { value }) => sum + value, 0);
}

/** `<key> #<generation>`, as the directory logs it. */
function numbersByKey(effects: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  for (const effect of effects) {
    const [key = '', number = ''] = effect.split(' #');
    numbers.set(key, [...(numbers.get(key) ?? []), Number(number)]);
  }
  return numbers;
}

test('1 000 users with 20 numbered changes each, each round begun while the one before is under way, 30 % of all calls refused with 503, 8 calls at once: for each user only ever forwards', async () => {
  const CHANGES = 20;
  const BEFORE_NEXT_ROUND = 250;
  const people = crowd(1_000);
  const flying = new Map<string, number>();
  let together = 0;
  let calls = 0;
  let overlaps = 0;
  bench.directory.mischief = async ({ userId }) => {
    flying.set(userId, (flying.get(userId) ?? 0) + 1);
    together = Math.max(together, [...flying.values()].reduce((sum, n) => sum + n, 0));
    if ((flying.get(userId) ?? 0) > 1) overlaps += 1;
    await pause(2);
    flying.delete(userId);
    return ++calls % 10 < 3 ? 'before' : undefined;
  };
  await bench.run({ concurrency: 8, patience: { ...QUICK, maxAttempts: 1_000 } });
  for (let generation = 1; generation <= CHANGES; generation++) {
    const enough = bench.directory.effects.length + BEFORE_NEXT_ROUND;
    await bench.wish(...people.map((one) => one.wish({ generation })));
    await bench.until(() => bench.directory.effects.length >= enough, 60_000);
  }
  await bench.until(settledAll, 60_000);
  expect(bench.directory.effects.length / people.length).toBeGreaterThanOrEqual(5);
  const numbers = numbersByKey(bench.directory.effects);
  expect(numbers.size).toBe(1_000);
  expect([...numbers.values()].filter((all) => all.some((n, i) => i > 0 && n <= (all[i - 1] ?? 0)))).toEqual([]);
  expect([...numbers.values()].filter((all) => all.at(-1) !== CHANGES)).toEqual([]);
  expect({ overlaps, together, accounts: bench.directory.accounts.size }).toEqual({ overlaps: 0, together: 8, accounts: 1_000 });
}, 180_000);

test('a target that never answers delays no other target of the same process and database', async () => {
  const hung = new Directory();
  const [waiting, served] = [crowd(200), crowd(200)];
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  let asked = 0;
  hung.mischief = async ({ signal }) => {
    asked += 1;
    await Promise.race([answered, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
    return undefined;
  };
  await bench.run({ other: { name: 'hung', directory: hung }, patience: QUICK });
  await bench.run({ patience: QUICK });
  await bench.wishAt('hung', ...waiting.map((one) => one.wish()));
  await bench.until(() => asked > 0);
  for (let generation = 1; generation <= 3; generation++) {
    await bench.wish(...served.map((one) => one.wish({ generation })));
    await bench.until(() => bench.directory.effects.length === generation * served.length);
  }
  const numbers = numbersByKey(bench.directory.effects);
  expect(served.map(({ userName }) => numbers.get(userName))).toEqual(served.map(() => [1, 2, 3]));
  expect(hung.effects).toEqual([]);
  answer();
  await bench.until(settledAll);
  expect(hung.effects.toSorted()).toEqual(waiting.map(({ userName }) => `${userName} #1`).toSorted());
}, 60_000);

test('one user who is always refused delays nobody and is one dead letter', async () => {
  const bad = person();
  const others = crowd(300);
  bench.directory.failure = { kind: 'rejected', code: 'http-400', message: 'Refused.' };
  bench.directory.mischief = ({ userId }) => (userId === bad.userId ? 'before' : undefined);
  await bench.run({ patience: QUICK });
  await bench.wish(bad.wish(), ...others.slice(0, 150).map((one) => one.wish()));
  await bench.wish(...others.slice(150).map((one) => one.wish()));
  await bench.until(async () => bench.directory.effects.length === 300 && (await bench.link(bad.userId)).state === 'rejected');
  expect((await letters()).length).toBe(1);
  expect(await counted('rolebridge_attempts_total', 'rejected')).toBe(1);
});

test('40 changes of one user and one of 5 000 others during an outage are 5 001 writes on return, at the configured rate', async () => {
  const PER_MINUTE = 60_000;
  const busy = person();
  const others = crowd(5_000);
  let down = true;
  const starts: number[] = [];
  bench.directory.mischief = () => {
    if (!down) starts.push(performance.now());
    return down ? 'before' : undefined;
  };
  const runtime = await bench.run({ concurrency: 16, perMinute: PER_MINUTE, patience: QUICK });
  await bench.wish(busy.wish(), ...others.map((one) => one.wish()));
  await bench.until(() => runtime.breaker().mode === 'open');
  for (let generation = 2; generation <= 40; generation++) await bench.wish(busy.wish({ generation }));
  down = false;
  await bench.until(settledAll, 60_000);
  expect(bench.directory.effects).toHaveLength(5_001);
  expect(bench.directory.effects.filter((effect) => effect.startsWith(busy.userName))).toEqual([`${busy.userName} #40`]);
  expect(await letters()).toEqual([]);
  // a start may be late, and then the next ones follow closer; over any 500 of them the rate holds but for that lateness
  const rates = starts.slice(500).map((at, i) => 500 / (at - (starts[i] ?? 0)));
  expect(rates.length).toBeGreaterThan(9_000);
  expect(Math.max(...rates)).toBeLessThan((PER_MINUTE / 60_000) * 1.25);
  for (const state of ['open', 'half-open', 'closed']) expect(await counted('rolebridge_breaker_changes_total', state)).toBeGreaterThan(0);
}, 120_000);

test('with thousands of changes queued at a slow target, those who leave are off after at most two rounds of calls (L25)', async () => {
  const SLOTS = 8;
  const leavers = crowd(5);
  const queued = crowd(5_000);
  const before = await bench.run();
  await bench.wish(...leavers.map((one) => one.wish()));
  await bench.until(settledAll);
  await bench.stop(before);
  bench.directory.mischief = async () => {
    await pause(20);
    return undefined;
  };
  await bench.wish(...queued.map((one) => one.wish({ urgency: 'bulk' })));
  const seen = bench.directory.effects.length;
  await bench.run({ concurrency: SLOTS / 2 });
  await bench.until(() => bench.directory.effects.length > seen + 20);
  const since = bench.directory.effects.length;
  await bench.wish(...leavers.map((one) => one.wish({ generation: 2, presence: 'disabled' })));
  const gone = () => leavers.filter((one) => bench.directory.byKey(one.userName)?.active === false).length;
  await bench.until(() => gone() === 5);
  // those claimed before, those claimed beside them, and the leavers themselves
  expect(bench.directory.effects.length - since).toBeLessThanOrEqual(3 * SLOTS + 5);
  expect((await bench.database.query(`select 1 from link where state = 'pending'`)).length).toBeGreaterThan(4_000);
}, 60_000);

test('what is not there yet is waited for, slowly, without an attempt burnt, and goes on by itself (R-24)', async () => {
  const early = person();
  let there = false;
  bench.directory.failure = { kind: 'waiting', code: 'person-not-there', message: 'HR has not created the person yet.', waitingFor: 'the person at HR' };
  let looks = 0;
  bench.directory.mischief = () => (there || ++looks === 0 ? undefined : 'before');
  const runtime = await bench.run({ patience: { ...QUICK, waitingFirstMs: 60, waitingCapMs: 90 } });
  await bench.wish(early.wish());
  await bench.until(() => looks >= 4);
  await bench.until(async () => (await bench.link(early.userId)).state === 'waiting');
  expect(await bench.link(early.userId)).toMatchObject({ attempt: 0, failure: { waitingFor: 'the person at HR' } });
  expect(runtime.breaker().mode).toBe('closed');
  there = true;
  await bench.settled(early.userId);
  expect(bench.directory.effects).toEqual([`${early.userName} #1`]);
  expect(await letters()).toEqual([]);
});
