import { CallLog } from './call-log.ts';
import { FREE } from './cost.ts';
import type { Cost } from './cost.ts';
import { FaultBook } from './fault-book.ts';
import { seededRandom } from './random.ts';
import type { ProtocolAnswers, SimulatorOptions } from './port.ts';

const DEFAULT_LOG_CAPACITY = 50_000;

/** Everything about a running simulator that its control routes may change. */
export class Desk {
  readonly faults: FaultBook;
  readonly answers: ProtocolAnswers;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly #logCapacity: number;
  log: CallLog;
  cost: Cost = FREE;

  constructor(options: SimulatorOptions, signal: AbortSignal) {
    const seed = options.seed ?? 1;
    this.nowMs = options.nowMs ?? Date.now;
    this.random = seededRandom(seed);
    // A sequence of its own: whether a fault hits does not depend on what the simulator draws.
    this.faults = new FaultBook(this.nowMs, seededRandom(seed + 1));
    this.answers = { 'wrong-credentials': () => ({ status: 401 }), refuse: () => ({ status: 400 }), ...options.answers };
    this.signal = signal;
    this.#logCapacity = options.logCapacity ?? DEFAULT_LOG_CAPACITY;
    this.log = new CallLog(this.#logCapacity);
  }

  nowIso(): string {
    return new Date(this.nowMs()).toISOString();
  }

  /** As just started: no faults, no cost, an empty log. Calls in flight end in the log they began in. */
  reset(): void {
    this.faults.clear();
    this.cost = FREE;
    this.log = new CallLog(this.#logCapacity);
  }
}
