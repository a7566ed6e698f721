import type { Logger } from '@rolebridge/observability';
import { dueTimer } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import type { Clock } from '../store/clock.ts';
import type { RoundResult } from '../store/judge.ts';
import type { Reevaluation, SweepStep } from '../store/reevaluation.ts';
import { unsweptVersion } from '../store/rule-set.repository.ts';
import { nextDueInMs } from '../store/user-state.repository.ts';

export interface TimerOptions {
  readonly database: Database;
  readonly reevaluation: Reevaluation;
  readonly clock: Clock;
  readonly log: Logger;
  /** Pause between two chunks of a sweep, milliseconds: single changes go first. */
  readonly sweepPauseMs: number;
  /** Whether people's own changes are being worked on right now; a sweep then waits, at most a second. */
  readonly isBusy: () => boolean;
  readonly onRound?: (result: RoundResult, reason: 'rules' | 'time') => void;
}

export interface Timers {
  /** New rules may be there, or somebody's date. */
  wake(): void;
  close(): Promise<void>;
}

/** How often to look for rules that another instance stored, milliseconds. */
const LOOK_FOR_RULES_MS = 15_000;
const MOST_PATIENCE_MS = 1_000;
const STEP_ASIDE_MS = 20;

/** Whatever happens without a message: new rules (L11) and passing dates (L12). Takes up where an earlier process stopped. */
export function startTimers(options: TimerOptions): Timers {
  const dates = dueTimer({
    log: options.log,
    nextDueInMs: async () => nextDueInMs(options.database, await options.clock(options.database)),
    run: async () => {
      const result = await options.reevaluation.due();
      options.onRound?.(result, 'time');
      return result.users;
    },
  });
  const sweep = startSweep(options);
  return {
    wake: () => {
      dates.wake();
      sweep.wake();
    },
    close: async () => {
      await Promise.all([dates.close(), sweep.close()]);
    },
  };
}

function startSweep(options: TimerOptions): { wake(): void; close(): Promise<void> } {
  let after: string | undefined;
  let lastEndMs = -Infinity;
  return dueTimer({
    log: options.log,
    maxWaitMs: LOOK_FOR_RULES_MS,
    nextDueInMs: async () => {
      if ((await unsweptVersion(options.database)) === undefined) return undefined;
      const sinceMs = performance.now() - lastEndMs;
      if (options.isBusy() && sinceMs < MOST_PATIENCE_MS) return STEP_ASIDE_MS;
      return options.sweepPauseMs - sinceMs;
    },
    run: async () => {
      const step = await options.reevaluation.sweep(after);
      after = step.last;
      lastEndMs = performance.now();
      report(options, step);
      return step.done ? 1 : step.users;
    },
  });
}

function report({ log, onRound }: TimerOptions, step: SweepStep): void {
  onRound?.(step, 'rules');
  if (step.done) log.info({ ruleSet: step.ruleSet }, 'everybody is judged by the active rules');
}
