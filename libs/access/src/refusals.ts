import type { Logger, Metrics } from '@rolebridge/observability';

/** Why credentials were refused. Says nothing about what was sent. */
export const REFUSALS = ['malformed', 'unknown-user', 'wrong-secret', 'wrong-token', 'unknown-certificate'] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface RefusalOptions {
  /** Counts in `rolebridge_credentials_refused_total{file, reason}`. */
  readonly metrics?: Metrics;
  readonly log?: Logger;
  readonly onRefused?: (reason: Refusal) => void;
}

const LOG_EVERY_MS = 10_000;

/** Counts refused credentials, and says so in the log at most every ten seconds. */
export function refusalCounter(list: string, { metrics, log, onRefused }: RefusalOptions): (reason: Refusal, nowMs: number) => void {
  const counter = metrics?.counter({ name: 'credentials_refused_total', help: 'Requests with wrong credentials.', labels: ['file', 'reason'] });
  let [silent, loggedMs] = [0, Number.NEGATIVE_INFINITY];
  return (reason, nowMs) => {
    counter?.inc({ file: list, reason });
    onRefused?.(reason);
    silent += 1;
    if (nowMs - loggedMs < LOG_EVERY_MS) return;
    log?.warn({ file: list, reason, refused: silent }, 'wrong credentials were refused');
    [silent, loggedMs] = [0, nowMs];
  };
}
