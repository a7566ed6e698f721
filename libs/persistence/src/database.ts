import { Pool } from 'pg';
import { clientConfig, type ConnectionOptions } from './connection/connection-settings.ts';
import { withoutValues } from './connection/sql-error.ts';
import { statementsOn, withClient } from './connection/statements.ts';
import { runTransaction } from './connection/transaction.ts';
import { onDemand, registerWaker } from './connection/wake.ts';
import type { Log } from './log.ts';
import { WAKE_RELAY } from './outbox/outbox.ts';
import type { Database, Sql } from './port.ts';

export interface DatabaseOptions extends ConnectionOptions {
  /** Default 10. */
  readonly maxConnections?: number;
  /** For statements on queue tables (outbox, links): plans suit tables that are empty now and full later (design §3). */
  readonly queue?: boolean;
  /** Told about idle connections that broke; a query that was running rejects by itself. */
  readonly log?: Log;
}

/** A statement that runs longer than this is ended by the server, milliseconds. */
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Opens a pool on one schema; connects at the first statement. bigint arrives as number, jsonb parsed, timestamptz as Date,
 * date as `YYYY-MM-DD`. A JavaScript array as parameter becomes a PostgreSQL array: give a JSON array as text.
 * Failures are {@link SqlError}s and carry no parameter values.
 */
export function connectDatabase(options: DatabaseOptions): Database {
  const pool = new Pool({
    ...clientConfig(options, { queue: options.queue ?? false, extra: { statement_timeout: String(STATEMENT_TIMEOUT_MS) } }),
    query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
    max: options.maxConnections ?? 10,
    idleTimeoutMillis: 60_000,
  });
  const broken = (error: Error): void => options.log?.warn({ err: withoutValues(error), schema: options.schema }, 'a database connection broke; the next statement opens another');
  pool.on('error', broken);
  // while a client is checked out the pool does not listen to it, and an unheard `error` event would end the process
  pool.on('connect', (client) => client.on('error', () => undefined));
  const sql: Sql = { query: (text, parameters) => withClient(pool, (client) => statementsOn(client).query(text, parameters)) };
  // should it fail, the relay looks by itself within a second
  const waking = onDemand(() => sql.query(WAKE_RELAY).then(() => undefined, (error: Error) => broken(error)));
  const database = {
    ...sql,
    schema: options.schema,
    transaction: <T>(work: (sql: Sql) => Promise<T>) => runTransaction(pool, work, waking.request),
    close: async () => {
      await waking.settled();
      await pool.end();
    },
  };
  registerWaker(database, waking.request);
  return database;
}
