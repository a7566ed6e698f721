import type { Failure } from '@rolebridge/contracts';

/**
 * One breaker per system. While it is not closed the dispatcher claims nothing (or, half open, only a few), the consumer keeps
 * absorbing wishes, and no user's attempts are counted. Times are milliseconds of a monotonic clock.
 */
export interface Breaker {
  readonly mode: 'closed' | 'open' | 'half-open' | 'halted';
  /** Newest last: did the target answer sensibly? Apart for reads and writes: a target that only refuses to write is down for us. */
  readonly results: Readonly<Record<Call, readonly boolean[]>>;
  /** While `open` or `halted`: when to try again. While `closed`: no claim before this time (the target asked for a pause). */
  readonly until: number;
  /** How often it opened in a row: makes the pauses longer. */
  readonly openings: number;
  readonly reason?: string;
}

export type Call = 'read' | 'write';

/** How the target answered one call; without failure it did what was asked. */
export interface Answer {
  readonly call: Call;
  readonly failure?: Failure;
}

export interface BreakerPolicy {
  /** Results looked at, of reads and of writes each. */
  readonly window: number;
  /** Fewer results than this never open it, unless all of the last {@link row} failed. */
  readonly minimum: number;
  /** Share of failures that opens it. */
  readonly share: number;
  /** That many failures in a row open it. */
  readonly row: number;
  readonly firstPauseMs: number;
  readonly capMs: number;
}

export const DEFAULT_BREAKER: BreakerPolicy = { window: 40, minimum: 20, share: 0.6, row: 8, firstPauseMs: 1_000, capMs: 60_000 };

const NONE: Breaker['results'] = { read: [], write: [] };

export const CLOSED: Breaker = { mode: 'closed', results: NONE, until: 0, openings: 0 };

/** What one answer tells about the target: anything but a transient or unanswered call is a sensible answer. */
export function speaksWell(failure: Failure | undefined): boolean {
  return failure?.kind !== 'transient' && failure?.kind !== 'in-doubt';
}

function open(breaker: Breaker, now: number, policy: BreakerPolicy, reason: string): Breaker {
  const pause = Math.min(policy.capMs, policy.firstPauseMs * 2 ** breaker.openings);
  return { mode: 'open', results: NONE, until: Math.max(breaker.until, now + pause), openings: breaker.openings + 1, reason };
}

function tooMany(results: readonly boolean[], policy: BreakerPolicy): boolean {
  const failed = results.filter((good) => !good).length;
  const lastOnes = results.slice(-policy.row);
  const inARow = lastOnes.length === policy.row && lastOnes.every((good) => !good);
  return inARow || (results.length >= policy.minimum && failed / results.length >= policy.share);
}

/** A target that asks for a pause gets it, whatever the breaker says. */
function pausedUntil(breaker: Breaker, failure: Failure | undefined, now: number): number {
  return failure?.kind === 'transient' && failure.retryAfterMs ? Math.max(breaker.until, now + failure.retryAfterMs) : breaker.until;
}

type Reaction = (breaker: Breaker, answer: Answer, now: number, policy: BreakerPolicy) => Breaker;

/** How each mode takes an answer that was neither `halting` nor met a halted target. */
const REACTIONS: Readonly<Record<Exclude<Breaker['mode'], 'halted'>, Reaction>> = {
  open: (breaker) => breaker,
  'half-open': (breaker, { failure }, now, policy) =>
    speaksWell(failure) ? { ...CLOSED, until: breaker.until } : open(breaker, now, policy, codeOf(failure)),
  closed: (breaker, { call, failure }, now, policy) => {
    const results = [...breaker.results[call], speaksWell(failure)].slice(-policy.window);
    const next: Breaker = { ...CLOSED, results: { ...breaker.results, [call]: results }, until: breaker.until };
    return tooMany(results, policy) ? open(next, now, policy, codeOf(failure)) : next;
  },
};

function codeOf(failure: Failure | undefined): string {
  return failure?.code ?? '';
}

/**
 * PURE. The breaker after one attempt ended. Single calls are counted, not attempts: at a target that refuses every third call most attempts
 * of several calls fail, and retries deal with that. While it is half open the last answer decides.
 */
export function afterAttempt(breaker: Breaker, answers: readonly Answer[], now: number, policy: BreakerPolicy = DEFAULT_BREAKER): Breaker {
  const telling = breaker.mode === 'closed' ? answers : answers.slice(-1);
  return telling.reduce((before, answer) => afterAnswer(before, answer, now, policy), breaker);
}

function afterAnswer(breaker: Breaker, answer: Answer, now: number, policy: BreakerPolicy): Breaker {
  const { failure } = answer;
  if (breaker.mode === 'halted') return breaker;
  if (failure?.kind === 'halting') return halt(failure, now, policy);
  return REACTIONS[breaker.mode]({ ...breaker, until: pausedUntil(breaker, failure, now) }, answer, now, policy);
}

function halt(failure: Failure, now: number, policy: BreakerPolicy): Breaker {
  return { mode: 'halted', results: NONE, until: now + policy.firstPauseMs, openings: 1, reason: `${failure.code}: ${failure.message}` };
}

/** PURE. The breaker as time passes: an open one becomes half open when its pause is over. */
export function atTime(breaker: Breaker, now: number): Breaker {
  return breaker.mode === 'open' && now >= breaker.until ? { ...breaker, mode: 'half-open', until: now } : breaker;
}

/** PURE. The breaker after a probe of a halted target. */
export function afterProbe(breaker: Breaker, good: boolean, now: number, policy: BreakerPolicy = DEFAULT_BREAKER): Breaker {
  if (breaker.mode !== 'halted') return breaker;
  if (good) return CLOSED;
  const pause = Math.min(policy.capMs, policy.firstPauseMs * 2 ** breaker.openings);
  return { ...breaker, until: now + pause, openings: breaker.openings + 1 };
}

/** How many rows may be claimed now. Half open: a few probes of distinct users. */
export function allowance(breaker: Breaker, now: number, free: number): number {
  if (breaker.mode === 'open' || breaker.mode === 'halted' || now < breaker.until) return 0;
  return breaker.mode === 'half-open' ? Math.min(2, free) : free;
}
