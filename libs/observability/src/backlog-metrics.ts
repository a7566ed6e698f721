import type { Metrics } from './metrics.ts';
import { remembered } from './remembered.ts';

/** Dead letters that need a person, of one cause. */
export interface OpenLetters {
  /** `null`: of no system. */
  readonly system: string | null;
  readonly kind: string;
  readonly code: string;
  readonly count: number;
}

export interface Backlog {
  readonly outbox: { readonly rows: number; readonly oldestSeconds: number; readonly aside: number };
  readonly letters: readonly OpenLetters[];
}

const AGE_MS = 10_000;

/** What every service that buries and publishes has: dead letters by cause, and its outbox. A database that is away leaves them as they were. */
export function backlogMetrics(metrics: Metrics, ask: () => Promise<Backlog>): void {
  const backlog = remembered(ask, AGE_MS);
  metrics.gauge({
    name: 'dead_letters_open',
    help: 'Dead letters that need a person, by cause.',
    labels: ['system', 'kind', 'code'],
    async collect(gauge) {
      const known = await backlog();
      if (known === undefined) return;
      gauge.reset();
      for (const { system, kind, code, count } of known.letters) gauge.set({ system: system ?? '', kind, code }, count);
    },
  });
  outboxGauge(metrics, { name: 'outbox_rows', help: 'Records that are committed and not yet at the broker.', read: ({ rows }) => rows }, backlog);
  outboxGauge(metrics, { name: 'outbox_oldest_age_seconds', help: 'Age of the oldest record of the outbox; 0 when it is empty.', read: ({ oldestSeconds }) => oldestSeconds }, backlog);
  outboxGauge(metrics, { name: 'outbox_aside_rows', help: 'Records that the broker refuses, and those of the same key behind them.', read: ({ aside }) => aside }, backlog);
}

interface OutboxGauge {
  readonly name: string;
  readonly help: string;
  readonly read: (outbox: Backlog['outbox']) => number;
}

function outboxGauge(metrics: Metrics, { name, help, read }: OutboxGauge, backlog: () => Promise<Backlog | undefined>): void {
  metrics.gauge({
    name,
    help,
    async collect(gauge) {
      const known = await backlog();
      if (known !== undefined) gauge.set(read(known.outbox));
    },
  });
}
