import type { Pool, PoolClient } from 'pg';
import type { Sql } from '../port.ts';
import { backoffMs, pause } from '../waiting/pause.ts';
import { isConnectionError, SqlError, withoutValues } from './sql-error.ts';
import { statementsOn, withClient } from './statements.ts';
import { registerWaker } from './wake.ts';

/** serialization_failure, deadlock_detected: the server rolled back, doing it all again is what the manual asks for (PostgreSQL §13.5). */
const AGAIN = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 5;
const BACKOFF = { firstMs: 20, capMs: 500 };

/**
 * Runs `work` in a transaction on a connection of its own; again after a serialisation failure or a deadlock, at most five times in all.
 * `wake` is called after the commit if the work asked for it.
 */
export async function runTransaction<T>(pool: Pool, work: (sql: Sql) => Promise<T>, wake: () => void): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await withClient(pool, (client) => attemptOn(client, work, wake));
    } catch (error) {
      const again = error instanceof SqlError && AGAIN.has(error.code) && attempt + 1 < MAX_ATTEMPTS;
      if (!again) throw error;
      await pause(backoffMs(attempt, BACKOFF));
    }
  }
}

async function attemptOn<T>(client: PoolClient, work: (sql: Sql) => Promise<T>, wake: () => void): Promise<T> {
  const sql = statementsOn(client);
  let wanted = false;
  registerWaker(sql, () => (wanted = true));
  try {
    await sql.query('begin');
    const result = await work(sql);
    await commit(client);
    if (wanted) wake();
    return result;
  } catch (error) {
    // a connection that failed is thrown away, which rolls back too
    if (!isConnectionError(error)) await sql.query('rollback');
    throw error;
  }
}

/** PostgreSQL answers COMMIT with ROLLBACK, without an error, when a statement had failed and `work` went on as if nothing had happened. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch((error: unknown) => {
    throw withoutValues(error);
  });
  if (command !== 'COMMIT') throw new SqlError('The transaction was rolled back: one of its statements had failed and nobody passed that on.', { code: '25P02', connection: false });
}
