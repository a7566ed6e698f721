import type { Sql } from './port.ts';

/** The epoch in which generations of this schema are issued: `generation = epoch · 2^40 + n` (law L6). 0 until it is raised. */
export async function readEpoch(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ epoch: number }>('select epoch from generation_epoch');
  if (row === undefined) throw new Error('The table generation_epoch is empty: this schema was not made by our migrations.');
  return row.epoch;
}

/**
 * Starts a higher epoch, after the schema was restored from a backup, and returns it: otherwise changes accepted from now on would
 * count as already seen (law L6). Restored twice from one backup, the second restore would start the same epoch again: give the
 * highest epoch that readers may have seen as `above`.
 */
export async function raiseEpoch(sql: Sql, above = 0): Promise<number> {
  const [row] = await sql.query<{ epoch: number }>('update generation_epoch set epoch = greatest(epoch, $1::integer) + 1 returning epoch', [above]);
  if (row === undefined) throw new Error('The table generation_epoch is empty: this schema was not made by our migrations.');
  return row.epoch;
}
