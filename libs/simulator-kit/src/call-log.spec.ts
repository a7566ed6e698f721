import { CallLog } from './call-log.ts';

const call = { at: '2026-11-22T08:00:00.000Z', operation: 'add', users: 1 };

test('a full log forgets the oldest calls, keeps its numbers and says so', () => {
  const log = new CallLog(10);
  for (let index = 0; index < 35; index += 1) log.end(log.open(call), { result: '200', writes: 1 });
  const page = log.page(0, 1000);
  expect(page.last).toBe(35);
  expect(page.truncated).toBe(true);
  expect(page.calls.length).toBeGreaterThanOrEqual(10);
  expect(page.calls.length).toBeLessThanOrEqual(20);
  expect(page.calls.at(-1)).toMatchObject({ sequence: 35, result: '200' });
  expect(log.page(34, 1000)).toMatchObject({ truncated: false, calls: [{ sequence: 35 }] });
  expect(log.counters()).toMatchObject({ calls: 35, writes: 35, inFlight: 0 });
});

test('a reader who asks in pages sees every call once', () => {
  const log = new CallLog(100);
  for (let index = 0; index < 25; index += 1) log.open(call);
  const seen: number[] = [];
  for (let since = 0; since < 25; since = seen.at(-1) ?? 25) seen.push(...log.page(since, 10).calls.map((entry) => entry.sequence));
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});
