import { person, Workbench } from '../test/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.open();
});
afterEach(async () => {
  await bench.close();
});

test('a leaver overtakes those who are claimed already and wait for their call at a target with a rate (L25)', async () => {
  const AT_WORK = 64;
  const leaver = person();
  await bench.run({ concurrency: AT_WORK / 2, perMinute: 1_200, oneWay: true });
  await bench.wish(leaver.wish());
  await bench.settled(leaver.userId);
  await bench.wish(...Array.from({ length: 150 }, () => person().wish()));
  await bench.until(() => bench.directory.effects.length >= 5);
  const before = bench.directory.effects.length;
  await bench.wish(leaver.wish({ generation: 2, presence: 'absent' }));
  await bench.settled(leaver.userId);
  const served = bench.directory.effects.length - before;
  expect(served).toBeGreaterThanOrEqual(1);
  expect(served).toBeLessThan(AT_WORK * 0.75);
}, 60_000);

test('a target that cannot be read has its whole rate for messages', async () => {
  const SPACING_MS = 100;
  const starts: number[] = [];
  bench.directory.mischief = () => {
    starts.push(performance.now());
    return undefined;
  };
  await bench.run({ concurrency: 2, perMinute: 60_000 / SPACING_MS, oneWay: true });
  await bench.wish(...Array.from({ length: 20 }, () => person().wish()));
  await bench.until(() => starts.length === 20);
  const tookMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
  expect(tookMs).toBeGreaterThan(18.5 * SPACING_MS);
  expect(tookMs).toBeLessThan(28 * SPACING_MS);
}, 60_000);
