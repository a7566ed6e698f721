import type { OutgoingRecord } from '@rolebridge/contracts';

/** A handle for statements: either the pool or one open transaction. Plain SQL with `$1` parameters. */
export interface Sql {
  query<Row extends object = Record<string, unknown>>(text: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** One schema of one PostgreSQL database. bigint arrives as number (all of ours are below 2^53), jsonb parsed, timestamptz as Date. */
export interface Database extends Sql {
  readonly schema: string;
  /** Runs `work` in one transaction; rolls back when it throws. Serialisation failures and deadlocks are retried a few times. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What the relay needs from a broker (met by `libs/kafka`'s Publisher). */
export interface RelayPublisher {
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}
