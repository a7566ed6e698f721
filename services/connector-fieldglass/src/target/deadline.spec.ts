import { Deadline } from './deadline.ts';

const aborted = (signal: AbortSignal): Promise<unknown> => new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

test('the time is over after the time', async () => {
  const deadline = new Deadline(20, new AbortController().signal);
  expect(await aborted(deadline.signal)).toMatchObject({ name: 'TimeoutError' });
});

test('whoever stops the work outside stops the call, with the same reason', () => {
  const outer = new AbortController();
  const deadline = new Deadline(60_000, outer.signal);
  outer.abort('shutdown');
  expect(deadline.signal.reason).toBe('shutdown');
  const late = new Deadline(60_000, outer.signal);
  expect(late.signal.aborted).toBe(true);
  for (const each of [deadline, late]) each.clear();
});

test('once cleared, it neither ends nor follows any more', async () => {
  const outer = new AbortController();
  const deadline = new Deadline(10, outer.signal);
  deadline.clear();
  outer.abort();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(deadline.signal.aborted).toBe(false);
});
