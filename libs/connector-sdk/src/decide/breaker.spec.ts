import type { Failure } from '@rolebridge/contracts';
import { afterAttempt, afterProbe, allowance, atTime, type Breaker, CLOSED, DEFAULT_BREAKER } from './breaker.ts';

const down: Failure = { kind: 'transient', code: 'http-503', message: 'x' };
const refused: Failure = { kind: 'rejected', code: 'http-400', message: 'x' };
const credentials: Failure = { kind: 'halting', code: 'http-401', message: 'x' };

const run = (start: Breaker, failures: readonly (Failure | undefined)[], now = 0) => failures.reduce((breaker: Breaker, failure) => afterAttempt(breaker, failure, now), start);
const times = <T>(n: number, value: T) => Array.from({ length: n }, () => value);

describe('the breaker of a target', () => {
  test('a dead target opens it after a row of failures', () => {
    expect(run(CLOSED, times(DEFAULT_BREAKER.row - 1, down)).mode).toBe('closed');
    expect(run(CLOSED, times(DEFAULT_BREAKER.row, down)).mode).toBe('open');
  });

  test('users who are refused never open it: the target answers', () => {
    expect(run(CLOSED, times(100, refused)).mode).toBe('closed');
  });

  test('a third of failures, evenly spread, keeps it closed: retries deal with that', () => {
    expect(run(CLOSED, times(30, [down, undefined, undefined]).flat()).mode).toBe('closed');
  });

  test('open claims nothing; when its pause is over a few probes may go; one good answer closes it, a bad one opens it for longer', () => {
    const open = run(CLOSED, times(DEFAULT_BREAKER.row, down));
    expect(allowance(open, 0, 16)).toBe(0);
    const half = atTime(open, open.until);
    expect([half.mode, allowance(half, open.until, 16)]).toEqual(['half-open', 2]);
    expect(afterAttempt(half, undefined, open.until).mode).toBe('closed');
    const again = afterAttempt(half, down, open.until);
    expect(again.mode).toBe('open');
    expect(again.until - open.until).toBeGreaterThan(open.until);
  });

  test('refused credentials halt it; only a good probe ends that', () => {
    const halted = afterAttempt(CLOSED, credentials, 0);
    expect([halted.mode, allowance(halted, 1e9, 16)]).toEqual(['halted', 0]);
    expect(afterAttempt(halted, undefined, 5).mode).toBe('halted');
    expect(afterProbe(halted, false, 5)).toMatchObject({ mode: 'halted' });
    expect(afterProbe(halted, true, 5)).toEqual(CLOSED);
  });

  test('a Retry-After pauses the whole target without opening it', () => {
    const paused = afterAttempt(CLOSED, { ...down, retryAfterMs: 60_000 }, 1_000);
    expect([paused.mode, allowance(paused, 60_999, 8), allowance(paused, 61_000, 8)]).toEqual(['closed', 0, 8]);
  });
});
