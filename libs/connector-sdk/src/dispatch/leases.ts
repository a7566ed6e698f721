/** What is leased: a link by its person, or a group that many people share. */
export interface Leased {
  readonly userId: string;
  readonly token: string;
}

/** Keeps the leases of links at work, and knows of each whether it surely still holds. */
export interface Leases {
  /** Ours from `since` (monotonic milliseconds, taken before the claim was sent) until it is dropped. */
  take(link: Leased, since: number): void;
  drop(link: Leased): void;
  /** On a monotonic clock, so that a process that was paused knows it before it writes (L24). */
  holds(link: Leased): boolean;
  /** The tokens under which these are held. */
  tokensOf(userIds: readonly string[]): readonly string[];
  close(): void;
}

export interface LeasesOptions {
  readonly leaseMs: number;
  /** How often leases are prolonged, milliseconds. */
  readonly renewMs: number;
  /** User ids whose leases could be prolonged. */
  readonly renew: (tokens: readonly string[]) => Promise<readonly string[]>;
  readonly onFailure: (error: unknown) => void;
}

/** The part of a lease in which a step may begin; the rest is for the clocks to differ. */
const SAFE_SHARE = 0.8;

export function leases({ leaseMs, renewMs, renew, onFailure }: LeasesOptions): Leases {
  const held = new Map<string, { readonly token: string; since: number }>();
  const timer = setInterval(() => void renewAll().catch(onFailure), renewMs).unref();

  async function renewAll(): Promise<void> {
    if (held.size === 0) return;
    const since = performance.now();
    const tokens = new Set([...held.values()].map((lease) => lease.token));
    for (const userId of await renew([...tokens])) {
      const lease = held.get(userId);
      if (lease && tokens.has(lease.token)) lease.since = Math.max(lease.since, since);
    }
  }

  const ours = (link: Leased) => {
    const lease = held.get(link.userId);
    return lease?.token === link.token ? lease : undefined;
  };

  return {
    take: (link, since) => void held.set(link.userId, { token: link.token, since }),
    drop(link) {
      if (ours(link)) held.delete(link.userId);
    },
    holds: (link) => performance.now() - (ours(link)?.since ?? -Infinity) < leaseMs * SAFE_SHARE,
    tokensOf: (userIds) => [...new Set(userIds.flatMap((userId) => held.get(userId)?.token ?? []))],
    close: () => clearInterval(timer),
  };
}
