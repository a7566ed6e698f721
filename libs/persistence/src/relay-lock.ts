import type { Database } from './port.ts';

/** Whether a service works on this schema now: its relay holds the lock. For jobs that must be alone. */
export function isServed(database: Database): Promise<boolean> {
  return database.transaction(async (sql) => {
    const [row] = await sql.query<{ free: boolean }>(`select pg_try_advisory_xact_lock(hashtextextended('rolebridge.relay.' || current_schema(), 0)) as free`);
    return row?.free !== true;
  });
}
