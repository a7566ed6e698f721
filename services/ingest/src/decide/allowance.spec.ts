import { takeOne } from './allowance.ts';
import type { Allowance } from './allowance.ts';

test('a minute of requests may come at once; then they pass as fast as the allowance fills', () => {
  let allowance: Allowance | undefined;
  const passes = (nowMs: number) => {
    const taken = takeOne(allowance, nowMs, { perMinute: 60, burst: 60 });
    allowance = taken.allowance;
    return taken.retryAfterSeconds;
  };
  expect(Array.from({ length: 60 }, () => passes(0)).every((wait) => wait === undefined)).toBe(true);
  expect(passes(0)).toBe(1);
  expect(passes(999)).toBe(1);
  expect(passes(1001)).toBeUndefined();
  expect(passes(1002)).toBe(1);
});

const SLOW = { perMinute: 1, burst: 1 };

test('a slow allowance says how long to wait', () => {
  const { allowance } = takeOne(undefined, 0, SLOW);
  expect(takeOne(allowance, 0, SLOW).retryAfterSeconds).toBe(60);
  expect(takeOne(allowance, 45_000, SLOW).retryAfterSeconds).toBe(15);
});

test('a burst is what may come at once, however long nobody came', () => {
  const rate = { perMinute: 60, burst: 2 };
  const first = takeOne(undefined, 0, rate);
  const second = takeOne(first.allowance, 3_600_000, rate);
  const third = takeOne(second.allowance, 3_600_000, rate);
  expect([second.retryAfterSeconds, third.retryAfterSeconds, takeOne(third.allowance, 3_600_000, rate).retryAfterSeconds]).toEqual([undefined, undefined, 1]);
});
