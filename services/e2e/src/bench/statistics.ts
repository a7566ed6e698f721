/** The value below which a share of the values lies; `NaN` for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export interface Figures {
  readonly users: number;
  readonly targets: number;
  /** 0 = as fast as the front door takes them. */
  readonly requestedPerSecond: number;
  /** From the first request to the last effect at the last target. */
  readonly usersPerSecond: number;
  /** The front door alone: from the first request to the last 201. */
  readonly acceptedPerSecond: number;
  /** Over all processes: load generator, Kafka and PostgreSQL included. */
  readonly cpuMsPerUser: number;
  /** From a request to its effect at its last target. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** CPU milliseconds per user, by program. */
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Greatest resident memory seen, megabytes, by program. */
  readonly rssMb: Readonly<Record<string, number>>;
  /** Median of the resident memory, megabytes, by program. */
  readonly usualRssMb: Readonly<Record<string, number>>;
  /** Of the whole machine, at the end. */
  readonly loadAverage: number;
  /** Share of the busy processor time that went to programs that are not part of this: 0 on a quiet machine. */
  readonly othersShare: number;
}
