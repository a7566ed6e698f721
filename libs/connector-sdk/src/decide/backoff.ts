/** Full jitter (design §3): a random share of 1 s × 3^n, at most 15 minutes. */
export interface BackoffPolicy {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = { firstMs: 1_000, factor: 3, capMs: 900_000 };

/**
 * Milliseconds to wait before the next attempt.
 * @param attempt how many attempts have failed, from 1
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number, policy: BackoffPolicy = DEFAULT_BACKOFF): number {
  const ceiling = Math.min(policy.capMs, policy.firstMs * policy.factor ** Math.max(0, attempt - 1));
  return Math.ceil(random * ceiling);
}
