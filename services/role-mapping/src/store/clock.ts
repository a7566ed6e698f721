import type { Sql } from '@rolebridge/persistence';

/** Tells the time inside a transaction. */
export type Clock = (sql: Sql) => Promise<Date>;

/** All due times follow the database's clock, so that instances agree (design §3). */
export const databaseClock: Clock = async (sql) => {
  const [row] = await sql.query<{ now: Date }>('select clock_timestamp() as now');
  if (row === undefined) throw new Error('The database did not tell the time.');
  return row.now;
};
