/** What is left of a caller's allowance: a bucket that fills evenly. */
export interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

/** How fast the bucket fills, and how much it holds. */
export interface Rate {
  readonly perMinute: number;
  readonly burst: number;
}

export interface Taken {
  readonly allowance: Allowance;
  /** Missing when the request may pass. */
  readonly retryAfterSeconds?: number;
}

/** PURE. Takes one request out of an allowance; `burst` of them may come at once. */
export function takeOne(allowance: Allowance | undefined, nowMs: number, { perMinute, burst }: Rate): Taken {
  const perMs = perMinute / 60_000;
  const left = Math.min(burst, allowance ? allowance.left + (nowMs - allowance.atMs) * perMs : burst);
  if (left >= 1) return { allowance: { left: left - 1, atMs: nowMs } };
  return { allowance: { left, atMs: nowMs }, retryAfterSeconds: Math.max(1, Math.ceil((1 - left) / perMs / 1000)) };
}
