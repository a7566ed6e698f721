/** What is left of a caller's allowance: a bucket that fills evenly. */
export interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

export interface Taken {
  readonly allowance: Allowance;
  /** Missing when the request may pass. */
  readonly retryAfterSeconds?: number;
}

/** PURE. Takes one request out of an allowance of `perMinute`; a minute's worth may come at once. */
export function takeOne(allowance: Allowance | undefined, nowMs: number, perMinute: number): Taken {
  const perMs = perMinute / 60_000;
  const left = Math.min(perMinute, allowance ? allowance.left + (nowMs - allowance.atMs) * perMs : perMinute);
  if (left >= 1) return { allowance: { left: left - 1, atMs: nowMs } };
  return { allowance: { left, atMs: nowMs }, retryAfterSeconds: Math.max(1, Math.ceil((1 - left) / perMs / 1000)) };
}
