import { newUserId } from './new-user-id.ts';

test('an id is a UUID of version 7 with the time in front', () => {
  expect(newUserId(0x0192f0c1d2e3, Buffer.alloc(10, 0xff))).toBe('0192f0c1-d2e3-7fff-bfff-ffffffffffff');
  expect(newUserId(0x0192f0c1d2e3, Buffer.alloc(10, 0))).toBe('0192f0c1-d2e3-7000-8000-000000000000');
});

test('ids rise with time and differ within one millisecond', () => {
  const ids = [1, 2, 3].map((at) => newUserId(1_790_000_000_000 + at));
  expect(ids.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(ids);
  expect(new Set(Array.from({ length: 100 }, () => newUserId(5))).size).toBe(100);
});
