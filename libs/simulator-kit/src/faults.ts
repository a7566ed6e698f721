/** A fault on order: `POST /_simulator/faults` with one of these; `DELETE /_simulator/faults` clears all. */
export interface Fault {
  readonly kind: 'latency' | 'throttle' | 'server-error' | 'refuse' | 'reset-before' | 'reset-after' | 'error-code' | 'soap-fault' | 'wrong-credentials' | 'down';
  /** Only calls whose name matches (e.g. `POST /Users`, `dataTransfer`); default all. */
  readonly operation?: string;
  /** Only calls that concern this login or key. */
  readonly user?: string;
  /** Ends after this many hits; default: until cleared. */
  readonly times?: number;
  /** Ends by itself after this time, milliseconds. */
  readonly forMs?: number;
  /** Share of the calls hit, 0 to 1, default 1; drawn from a seeded sequence. */
  readonly share?: number;
  /** For `latency`: how long, milliseconds; for `throttle`: the Retry-After in seconds; for `server-error`: the status; for `error-code`: the code. */
  readonly value?: number;
}
