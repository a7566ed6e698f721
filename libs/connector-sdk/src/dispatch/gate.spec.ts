import { jest } from '@jest/globals';
import { gate, type GateOptions } from './gate.ts';

const { signal } = new AbortController();

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A gate whose calls note when they began. */
function scene(options: Partial<GateOptions>) {
  const turn = gate({ concurrency: 1, perMinute: 0, now: () => Date.now(), ...options });
  const begun: { readonly name: string; readonly at: number }[] = [];
  const call = (name: string, end: Promise<void> = Promise.resolve(), urgent = false): Promise<void> =>
    turn.run(() => {
      begun.push({ name, at: Date.now() });
      return end;
    }, signal, urgent);
  const crowd = (count: number): Promise<void>[] => Array.from({ length: count }, (_, index) => call(`other ${index}`));
  return { turn, begun, call, crowd, names: () => begun.map(({ name }) => name) };
}

test('a leaver is called before everybody who waits for a place', async () => {
  const { call, crowd, names } = scene({});
  const slow = Promise.withResolvers<void>();
  const all = [call('slow', slow.promise), ...crowd(3), call('leaver', undefined, true)];
  slow.resolve();
  await Promise.all(all);
  expect(names()).toEqual(['slow', 'leaver', 'other 0', 'other 1', 'other 2']);
});

test('at a target that takes one call a second a leaver waits for one of them, not for all who came before', async () => {
  const { begun, call, crowd } = scene({ concurrency: 100, perMinute: 60 });
  const all = [...crowd(40), call('leaver', undefined, true)];
  await jest.advanceTimersByTimeAsync(60_000);
  await Promise.all(all);
  expect(begun.find(({ name }) => name === 'leaver')?.at).toBe(1_000);
});

test('no more calls are at work than there are places', async () => {
  const { call, names } = scene({ concurrency: 2 });
  const slow = Promise.withResolvers<void>();
  const all = [call('a', slow.promise), call('b', slow.promise), call('c')];
  await jest.advanceTimersByTimeAsync(10);
  expect(names()).toEqual(['a', 'b']);
  slow.resolve();
  await Promise.all(all);
  expect(names()).toEqual(['a', 'b', 'c']);
});

test('with a rate calls begin evenly', async () => {
  const { begun, crowd } = scene({ concurrency: 100, perMinute: 6_000 });
  const all = crowd(5);
  await jest.advanceTimersByTimeAsync(100);
  await Promise.all(all);
  expect(begun.map(({ at }) => at)).toEqual([0, 10, 20, 30, 40]);
});

test('timers that come late do not make the rate smaller', async () => {
  const { begun, crowd } = scene({ concurrency: 1_000, perMinute: 15_000, now: () => Math.ceil(Date.now() / 10) * 10 });
  void crowd(600);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(begun.length).toBeGreaterThanOrEqual(248);
  expect(begun.length).toBeLessThanOrEqual(253);
});

test('a target that hung gets its rate afterwards, not all it has missed', async () => {
  const { begun, call, crowd } = scene({ concurrency: 1, perMinute: 6_000 });
  const slow = Promise.withResolvers<void>();
  void call('slow', slow.promise);
  void crowd(50);
  await jest.advanceTimersByTimeAsync(1_000);
  slow.resolve();
  await jest.advanceTimersByTimeAsync(100);
  expect(begun.length - 1).toBeGreaterThanOrEqual(10);
  expect(begun.length - 1).toBeLessThanOrEqual(12);
});

test('who gives up while waiting is told at once and takes nobody’s place', async () => {
  const { turn, call, names } = scene({});
  const slow = Promise.withResolvers<void>();
  const first = call('slow', slow.promise);
  const impatient = new AbortController();
  const given = turn.run(() => Promise.resolve('never'), impatient.signal);
  const last = call('last');
  impatient.abort(new Error('Closing.'));
  await expect(given).rejects.toThrow('Closing.');
  slow.resolve();
  await Promise.all([first, last]);
  expect(names()).toEqual(['slow', 'last']);
});
