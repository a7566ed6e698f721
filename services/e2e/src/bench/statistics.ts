/** The value below which a share of the values lies; `NaN` for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export interface Figures {
  readonly users: number;
  readonly targets: number;
  /** From the first request to the last effect at the last target. */
  readonly usersPerSecond: number;
  /** The front door alone: from the first request to the last 201. */
  readonly acceptedPerSecond: number;
  readonly cpuMsPerUser: number;
  /** From a request to its effect at its last target, milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Greatest resident memory seen, megabytes, by program. */
  readonly rssMb: Readonly<Record<string, number>>;
  /** CPU milliseconds per user, by program. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export function lines(title: string, figures: Figures): string {
  const { usersPerSecond, acceptedPerSecond, cpuMsPerUser, p50, p95, p99, rssMb, cpuMs } = figures;
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const parts = (record: Readonly<Record<string, number>>, digits: number): string =>
    Object.entries(record).map(([name, value]) => `${name} ${value.toFixed(digits)}`).join(', ');
  return [
    `${title}: ${usersPerSecond.toFixed(0)} users/s to the last effect (${acceptedPerSecond.toFixed(0)}/s accepted), ${cpuMsPerUser.toFixed(2)} CPU ms a user, p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}`,
    `  CPU ms a user: ${parts(cpuMs, 2)}`,
    `  memory, MB:    ${parts(rssMb, 0)}`,
  ].join('\n');
}
