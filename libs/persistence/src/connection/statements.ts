import type { ClientBase, Pool, PoolClient } from 'pg';
import type { Sql } from '../port.ts';
import { isConnectionError, withoutValues } from './sql-error.ts';

/** Statements on one connection, with errors that carry no values. */
export function statementsOn(client: Pick<ClientBase, 'query'>): Sql {
  return {
    query: async <Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> => {
      try {
        const { rows } = await client.query(text, [...parameters]);
        return rows as Row[]; // the caller states the shape of its own statement
      } catch (error) {
        throw withoutValues(error);
      }
    },
  };
}

/** Lends a connection of the pool. It is thrown away only when it is broken; pg's own `pool.query` throws it away after any failed statement. */
export async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(isConnectionError(error));
    throw error;
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw withoutValues(error);
  }
}
