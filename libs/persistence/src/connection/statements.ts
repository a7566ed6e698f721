import type pg from 'pg';
import type { Sql } from '../port.ts';
import { withoutValues } from './sql-error.ts';

/** Statements on a pool or a client, with errors that carry no values. */
export function statementsOn(target: Pick<pg.ClientBase, 'query'> | pg.Pool): Sql {
  return {
    query: async <Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> => {
      try {
        const result = await (target as pg.Pool).query(text, [...parameters]); // both have the same promise overload
        return result.rows as Row[]; // the caller states the shape of its own statement
      } catch (error) {
        throw withoutValues(error);
      }
    },
  };
}
