import { type Failure, failureOf } from '@rolebridge/contracts';
import { afterAttempt, afterProbe, allowance, type Answer, atTime, type Breaker, CLOSED } from '../decide/breaker.ts';
import type { DispatcherLog } from './dispatcher-log.ts';

export interface BreakerKeeperOptions {
  readonly system: string;
  /** A call that touches no user. Throws ClassifiedError. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  /** Told at each change of the breaker, to be shown to operators. */
  readonly onBreaker: (breaker: Breaker) => Promise<void>;
  readonly signal: AbortSignal;
  readonly log: DispatcherLog;
}

/** The breaker of one system, shared by all who call its target. */
export class BreakerKeeper {
  readonly #options: BreakerKeeperOptions;
  #breaker: Breaker = CLOSED;

  constructor(options: BreakerKeeperOptions) {
    this.#options = options;
  }

  get breaker(): Breaker {
    return this.#breaker;
  }

  /** How many more may be begun now, of `free` places. */
  allowance(free: number): number {
    return allowance(this.#breaker, performance.now(), free);
  }

  answered(answers: readonly Answer[]): Promise<void> {
    return this.#become(afterAttempt(this.#breaker, answers, performance.now()));
  }

  /** Time has passed; a halted target is probed when its pause is over. */
  async refresh(): Promise<void> {
    const now = performance.now();
    if (this.#breaker.mode === 'halted' && now >= this.#breaker.until) {
      const failure = await this.#probe();
      await this.#become(afterProbe(this.#breaker, failure === undefined || failure.kind !== 'halting', performance.now()));
    } else await this.#become(atTime(this.#breaker, now));
  }

  /** Refused credentials halt the system only if a call that touches nobody is refused too; else it is this user's matter (L25). */
  async confirmed(failure: Failure): Promise<Failure> {
    if (failure.kind !== 'halting' || this.#breaker.mode === 'halted') return failure;
    const probe = await this.#probe();
    if (probe?.kind === 'halting') return failure;
    return probe ?? { ...failure, kind: 'rejected', message: `${failure.message} Our credentials are good otherwise, so the target protects this account.` };
  }

  async #probe(): Promise<Failure | undefined> {
    try {
      await this.#options.probe(this.#options.signal);
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  async #become(next: Breaker): Promise<void> {
    const changed = next.mode !== this.#breaker.mode;
    this.#breaker = next;
    if (!changed) return;
    const { log, system, onBreaker } = this.#options;
    const level = next.mode === 'halted' ? 'error' : 'info';
    log[level]({ system, breaker: next.mode, reason: next.reason }, `Breaker of ${system}: ${next.mode}.`);
    await onBreaker(next);
  }
}
