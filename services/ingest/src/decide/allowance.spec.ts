import { takeOne } from './allowance.ts';
import type { Allowance } from './allowance.ts';

test('a minute of requests may come at once; then they pass as fast as the allowance fills', () => {
  let allowance: Allowance | undefined;
  const passes = (nowMs: number) => {
    const taken = takeOne(allowance, nowMs, 60);
    allowance = taken.allowance;
    return taken.retryAfterSeconds;
  };
  expect(Array.from({ length: 60 }, () => passes(0)).every((wait) => wait === undefined)).toBe(true);
  expect(passes(0)).toBe(1);
  expect(passes(999)).toBe(1);
  expect(passes(1001)).toBeUndefined();
  expect(passes(1002)).toBe(1);
});

test('a slow allowance says how long to wait', () => {
  const { allowance } = takeOne(undefined, 0, 1);
  expect(takeOne(allowance, 0, 1).retryAfterSeconds).toBe(60);
  expect(takeOne(allowance, 45_000, 1).retryAfterSeconds).toBe(15);
});
