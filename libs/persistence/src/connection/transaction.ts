import type pg from 'pg';
import type { Sql } from '../port.ts';
import { backoffMs, pause } from '../waiting/pause.ts';
import { SqlError, withoutValues } from './sql-error.ts';
import { statementsOn } from './statements.ts';

/** serialization_failure, deadlock_detected: the server rolled back, doing it all again is what the manual asks for (PostgreSQL §13.5). */
const AGAIN = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 5;
const BACKOFF = { firstMs: 20, capMs: 500 };

/** Runs `work` in a transaction on a connection of its own; again after a serialisation failure or a deadlock, at most five times in all. */
export async function runTransaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await attemptOn(pool, work);
    } catch (error) {
      const again = error instanceof SqlError && AGAIN.has(error.code) && attempt + 1 < MAX_ATTEMPTS;
      if (!again) throw error;
      await pause(backoffMs(attempt, BACKOFF));
    }
  }
}

async function attemptOn<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  const sql = statementsOn(client);
  try {
    await sql.query('begin');
    const result = await work(sql);
    await commit(client);
    client.release();
    return result;
  } catch (error) {
    await rollBack(client);
    throw error;
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw withoutValues(error);
  }
}

/** A transaction in which a statement failed and was caught answers COMMIT with ROLLBACK, without an error. */
async function commit(client: pg.PoolClient): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('commit'));
  } catch (error) {
    throw withoutValues(error);
  }
  if (command !== 'COMMIT') throw new SqlError('The transaction was rolled back: one of its statements had failed and nobody passed that on.', { code: '25P02', connection: false });
}

/** The reason is thrown by the caller; a connection that cannot even roll back is thrown away, which rolls back too. */
async function rollBack(client: pg.PoolClient): Promise<void> {
  const broken = await client.query('rollback').then(
    () => false,
    () => true,
  );
  client.release(broken);
}
