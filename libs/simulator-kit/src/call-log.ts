/** One call as the log keeps it. */
export interface LoggedCall {
  /** Rising by one without gaps since start or reset, in order of arrival. */
  readonly sequence: number;
  /** ISO 8601, milliseconds: when the call arrived. */
  readonly at: string;
  /** When it was answered or cut off; missing while it is in flight. */
  readonly endedAt?: string;
  readonly operation: string;
  /** The login or key it concerns. */
  readonly key?: string;
  /** How many users it carries. */
  readonly users: number;
  /** Marker by which checkers notice backwards steps, if the call carries one. */
  readonly generation?: string;
  /** The status or what the simulator says of it; `in flight`, `reset`, `cut off` otherwise. */
  readonly result: string;
  /** The fault it met, if any. */
  readonly fault?: string;
}

export interface Counters {
  readonly calls: number;
  /** Changes of accounts that were really made. */
  readonly writes: number;
  readonly inFlight: number;
  /** The most calls that were ever in flight at once. */
  readonly maxInFlight: number;
}

export interface LogPage {
  readonly calls: readonly LoggedCall[];
  /** Sequence of the newest call: the next `since`. */
  readonly last: number;
  /** Whether calls after `since` were already forgotten. */
  readonly truncated: boolean;
}

/** Numbered, bounded log of calls with its counters. */
export class CallLog {
  readonly #capacity: number;
  readonly #calls: LoggedCall[] = [];
  #last = 0;
  #writes = 0;
  #inFlight = 0;
  #maxInFlight = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  open(call: Omit<LoggedCall, 'sequence' | 'result'>): number {
    this.#last += 1;
    this.#inFlight += 1;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
    this.#calls.push({ sequence: this.#last, ...call, result: 'in flight' });
    // A whole block at once: shifting one element at a time costs the length of the log.
    if (this.#calls.length >= this.#capacity * 2) this.#calls.splice(0, this.#calls.length - this.#capacity);
    return this.#last;
  }

  end(sequence: number, ending: Pick<LoggedCall, 'endedAt' | 'result' | 'fault'> & { readonly writes: number }): void {
    const { writes, ...fields } = ending;
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    this.#writes += writes;
    const index = sequence - this.#firstKept();
    const call = this.#calls[index];
    if (call) this.#calls[index] = { ...call, ...fields };
  }

  page(since: number, limit: number): LogPage {
    const from = Math.max(0, since + 1 - this.#firstKept());
    return {
      calls: this.#calls.slice(from, from + limit),
      last: this.#last,
      truncated: since + 1 < this.#firstKept() && this.#calls.length > 0,
    };
  }

  counters(): Counters {
    return { calls: this.#last, writes: this.#writes, inFlight: this.#inFlight, maxInFlight: this.#maxInFlight };
  }

  #firstKept(): number {
    return this.#calls[0]?.sequence ?? this.#last + 1;
  }
}
