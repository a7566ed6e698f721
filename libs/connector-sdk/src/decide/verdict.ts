import type { DeliveryState, Failure, FailureKind } from '@rolebridge/contracts';
import { backoffMs, type BackoffPolicy, DEFAULT_BACKOFF } from './backoff.ts';

/** Limits of patience (L25). All times in milliseconds. */
export interface Patience {
  readonly backoff: BackoffPolicy;
  /** Failed attempts until `exhausted`, for transient and in-doubt. */
  readonly maxAttempts: number;
  /** The same for failures nobody has classified. */
  readonly maxUnclassified: number;
  readonly waitingFirstMs: number;
  readonly waitingCapMs: number;
  /** A prerequisite that is missing longer than this becomes a dead letter. */
  readonly waitingLimitMs: number;
}

export const DEFAULT_PATIENCE: Patience = {
  backoff: DEFAULT_BACKOFF,
  maxAttempts: 12,
  maxUnclassified: 3,
  waitingFirstMs: 5_000,
  waitingCapMs: 900_000,
  waitingLimitMs: 7 * 86_400_000,
};

/** What follows from one failed attempt. */
export interface Verdict {
  readonly state: Extract<DeliveryState, 'pending' | 'waiting' | 'rejected' | 'exhausted'>;
  readonly attempt: number;
  readonly delayMs: number;
  readonly deadLetter: boolean;
}

export interface FailedAttempt {
  readonly failure: Failure;
  /** Attempts that failed before this one. */
  readonly attempt: number;
  /** Whether this failure counts: not while the breaker is open or half open, when it says nothing about this user (L25). */
  readonly counts: boolean;
  readonly waitingForMs: number;
  /** In [0, 1). */
  readonly random: number;
}

type Rule = (failed: FailedAttempt, patience: Patience) => Verdict;

const dead = (state: 'rejected' | 'exhausted', attempt: number): Verdict => ({ state, attempt, delayMs: 0, deadLetter: true });

const again =
  (limit: (patience: Patience) => number): Rule =>
  ({ failure, attempt, counts, random }, patience) => {
    const next = counts ? attempt + 1 : attempt;
    if (next >= limit(patience)) return dead('exhausted', next);
    const pause = backoffMs(Math.max(1, next), random, patience.backoff);
    return { state: 'pending', attempt: next, delayMs: Math.max(pause, failure.retryAfterMs ?? 0), deadLetter: false };
  };

/** Slower and slower: half of the time already waited, between the two limits. */
const wait: Rule = ({ attempt, waitingForMs, random }, patience) => {
  if (waitingForMs >= patience.waitingLimitMs) return dead('exhausted', attempt);
  const pause = Math.min(patience.waitingCapMs, Math.max(patience.waitingFirstMs, waitingForMs / 2));
  return { state: 'waiting', attempt, delayMs: Math.ceil(pause * (0.75 + random / 4)), deadLetter: false };
};

/** Nothing is buried and nothing is counted: the dispatcher has stopped and goes on when a probe succeeds. */
const halt: Rule = ({ attempt }) => ({ state: 'pending', attempt, delayMs: 0, deadLetter: false });

/** The action table of design §4. Total: a new kind does not compile until somebody decided. */
const RULES: Readonly<Record<FailureKind, Rule>> = {
  transient: again((patience) => patience.maxAttempts),
  'in-doubt': again((patience) => patience.maxAttempts),
  waiting: wait,
  rejected: ({ attempt }) => dead('rejected', attempt + 1),
  malformed: ({ attempt }) => dead('rejected', attempt + 1),
  halting: halt,
  unclassified: again((patience) => patience.maxUnclassified),
};

/** PURE. Decides what follows from a failed attempt. */
export function verdictOf(failed: FailedAttempt, patience: Patience = DEFAULT_PATIENCE): Verdict {
  return RULES[failed.failure.kind](failed, patience);
}
