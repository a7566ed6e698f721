/** What goes with one call: where it comes from and how long anybody waits for it. */
export interface CallScope {
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** Shown to simulators and checkers, where configured. */
  readonly generation?: number;
}

/** Headers by which a call can be found again; the product ignores what it does not know. */
export function markers({ correlationId, generation }: CallScope): Readonly<Record<string, string>> {
  return {
    ...(correlationId ? { 'x-correlation-id': correlationId } : {}),
    ...(generation === undefined ? {} : { 'x-rolebridge-generation': String(generation) }),
  };
}
