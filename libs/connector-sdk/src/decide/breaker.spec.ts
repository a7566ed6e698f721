import type { Failure } from '@rolebridge/contracts';
import { afterAttempt, afterProbe, allowance, type Answer, atTime, type Breaker, CLOSED, DEFAULT_BREAKER } from './breaker.ts';

const down: Failure = { kind: 'transient', code: 'http-503', message: 'x' };
const refused: Failure = { kind: 'rejected', code: 'http-400', message: 'x' };
const credentials: Failure = { kind: 'halting', code: 'http-401', message: 'x' };

const write = (failure?: Failure): Answer => ({ call: 'write', ...(failure && { failure }) });
const read: Answer = { call: 'read' };

const run = (start: Breaker, failures: readonly (Failure | undefined)[], now = 0) => failures.reduce((breaker: Breaker, failure) => afterAttempt(breaker, [write(failure)], now), start);
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

  test('attempts of two calls fail every second time when a third of all calls does: still closed', () => {
    const attempts = times(30, [[write()], [{ ...read, failure: down }], [read, write(down)], [read, write()]]).flat();
    expect(attempts.reduce((breaker: Breaker, answers) => afterAttempt(breaker, answers, 0), CLOSED).mode).toBe('closed');
  });

  test('a target that answers every read and refuses every write opens it', () => {
    expect(times(DEFAULT_BREAKER.row, [read, write(down)]).reduce((breaker: Breaker, answers) => afterAttempt(breaker, answers, 0), CLOSED).mode).toBe('open');
  });

  test('half open, an attempt whose read was answered and whose write was not opens it again; one that made no call says nothing', () => {
    const half = atTime(run(CLOSED, times(DEFAULT_BREAKER.row, down)), 1e9);
    expect([afterAttempt(half, [read, write(down)], 1e9).mode, afterAttempt(half, [], 1e9).mode]).toEqual(['open', 'half-open']);
  });

  test('open claims nothing; when its pause is over a few probes may go; one good answer closes it, a bad one opens it for longer', () => {
    const open = run(CLOSED, times(DEFAULT_BREAKER.row, down));
    expect(allowance(open, 0, 16)).toBe(0);
    const half = atTime(open, open.until);
    expect([half.mode, allowance(half, open.until, 16)]).toEqual(['half-open', 2]);
    expect(afterAttempt(half, [write()], open.until).mode).toBe('closed');
    const again = afterAttempt(half, [write(down)], open.until);
    expect(again.mode).toBe('open');
    expect(again.until - open.until).toBeGreaterThan(open.until);
  });

  test('refused credentials halt it; only a good probe ends that', () => {
    const halted = afterAttempt(CLOSED, [write(credentials)], 0);
    expect([halted.mode, allowance(halted, 1e9, 16)]).toEqual(['halted', 0]);
    expect(afterAttempt(halted, [write()], 5).mode).toBe('halted');
    expect(afterProbe(halted, false, 5)).toMatchObject({ mode: 'halted' });
    expect(afterProbe(halted, true, 5)).toEqual(CLOSED);
  });

  test('a Retry-After pauses the whole target without opening it', () => {
    const paused = afterAttempt(CLOSED, [write({ ...down, retryAfterMs: 60_000 })], 1_000);
    expect([paused.mode, allowance(paused, 60_999, 8), allowance(paused, 61_000, 8)]).toEqual(['closed', 0, 8]);
  });
});
