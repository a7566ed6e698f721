/** Every fault a simulator can be told to show. */
export const FAULT_KINDS = [
  'latency',
  'throttle',
  'server-error',
  'refuse',
  'reset-before',
  'reset-after',
  'duplicate',
  'error-code',
  'soap-fault',
  'wrong-credentials',
  'down',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/**
 * A fault on order: `POST /_simulator/faults` with one of these; `DELETE /_simulator/faults` clears all.
 *
 * | kind | what the caller sees | was the work done |
 * |---|---|---|
 * | `latency` | the answer comes later, then as usual; may be combined with one of the others | yes |
 * | `throttle` | 429 with `Retry-After` | no |
 * | `server-error` | the status in `value`, default 503 | no |
 * | `refuse` | the protocol's own refusal of this user | no |
 * | `reset-before` | the connection is reset | no |
 * | `reset-after` | the connection is reset | yes |
 * | `duplicate` | the answer as usual | yes, twice: a delivery repeated underway |
 * | `error-code` | 200 with the error code in `value` | no |
 * | `soap-fault` | a SOAP fault in the protocol's form | no |
 * | `wrong-credentials` | 401 in the protocol's form | no |
 * | `down` | every call but the simulator's own is cut off | no |
 */
export interface Fault {
  readonly kind: FaultKind;
  /** Only calls with exactly this name (e.g. `POST /Users`, `dataTransfer`); default all. Not for `down`. */
  readonly operation?: string;
  /** Only calls that concern this login or key. Not for `down`. */
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
