import { FAILURE_KINDS, type Failure, type FailureKind } from '@rolebridge/contracts';
import { DEFAULT_PATIENCE, type FailedAttempt, verdictOf } from './verdict.ts';

const failure = (kind: FailureKind, more: Partial<Failure> = {}): Failure => ({ kind, code: 'x', message: 'x', ...more });
const attempt = (kind: FailureKind, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  failure: failure(kind),
  attempt: 0,
  counts: true,
  waitingForMs: 0,
  random: 0.5,
  ...more,
});

describe('what follows from a failed attempt', () => {
  test.each(FAILURE_KINDS)('%s: somebody has decided', (kind) => {
    expect(['pending', 'waiting', 'rejected', 'exhausted']).toContain(verdictOf(attempt(kind)).state);
  });

  test.each(['transient', 'in-doubt'] as const)('%s is tried again, 12 times, then it is a dead letter', (kind) => {
    expect(verdictOf(attempt(kind, { attempt: 10 }))).toMatchObject({ state: 'pending', attempt: 11, deadLetter: false });
    expect(verdictOf(attempt(kind, { attempt: 11 }))).toMatchObject({ state: 'exhausted', deadLetter: true });
  });

  test('while the breaker is not closed no attempt of a user is counted, however often it fails', () => {
    expect(verdictOf(attempt('transient', { attempt: 11, counts: false }))).toMatchObject({ state: 'pending', attempt: 11, deadLetter: false });
  });

  test('the pause grows by three, never beyond 15 minutes, and honours Retry-After', () => {
    const delay = (n: number) => verdictOf(attempt('transient', { attempt: n, random: 0.999999 })).delayMs;
    expect([0, 1, 2, 3].map(delay)).toEqual([1_000, 3_000, 9_000, 27_000]);
    expect(delay(10)).toBe(900_000);
    expect(verdictOf(attempt('transient', { failure: failure('transient', { retryAfterMs: 60_000 }), random: 0 })).delayMs).toBe(60_000);
  });

  test('waiting for a prerequisite burns no attempt, grows slower and ends after the long limit', () => {
    expect(verdictOf(attempt('waiting', { attempt: 3 }))).toMatchObject({ state: 'waiting', attempt: 3, deadLetter: false });
    expect(verdictOf(attempt('waiting', { waitingForMs: 600_000, random: 1 })).delayMs).toBe(300_000);
    expect(verdictOf(attempt('waiting', { waitingForMs: DEFAULT_PATIENCE.waitingLimitMs }))).toMatchObject({ state: 'exhausted', deadLetter: true });
  });

  test('a refusal is a dead letter at once', () => {
    expect(verdictOf(attempt('rejected'))).toMatchObject({ state: 'rejected', deadLetter: true });
  });

  test('halting buries nothing and counts nothing', () => {
    expect(verdictOf(attempt('halting', { attempt: 11 }))).toMatchObject({ state: 'pending', attempt: 11, deadLetter: false });
  });

  test('an error nobody has classified gets few tries', () => {
    expect(verdictOf(attempt('unclassified', { attempt: 1 }))).toMatchObject({ state: 'pending', attempt: 2 });
    expect(verdictOf(attempt('unclassified', { attempt: 2 }))).toMatchObject({ state: 'exhausted', deadLetter: true });
  });
});
