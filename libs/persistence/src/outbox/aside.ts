import { wakeAfterCommit } from '../connection/wake.ts';
import type { Database, Sql } from '../port.ts';

/** A topic and key whose records wait because the broker refused one of them. */
export interface BlockedKey {
  readonly topic: string;
  readonly key: string;
  /** Failure code of the first refused record. */
  readonly reason: string;
  /** Records that wait, the refused ones included. */
  readonly records: number;
  readonly since: Date;
}

/** What was set aside, oldest first: for operators. */
export function listAside(sql: Sql, limit = 100): Promise<readonly BlockedKey[]> {
  return sql.query<BlockedKey>(
    `select topic, key, coalesce(min(reason), 'unknown') as reason, count(*) as records, min(aside_at) as since
     from outbox_aside group by topic, key order by min(sequence) limit $1`,
    [limit],
  );
}

const PUT_BACK = `
  with released as (delete from outbox_aside where topic = $1 and key = $2 returning *)
  insert into outbox (sequence, topic, key, value, headers, created_at) overriding system value
  select sequence, topic, key, value, headers, created_at from released where not ($3 and reason is not null)
  returning 1`;

/**
 * Lets the records of a key go again, in their old order and before newer ones. `again`: all of them, after the broker's limit was
 * raised. `drop`: without those that were refused, which are lost for good. Returns how many go.
 */
export function releaseAside(database: Database, { topic, key }: { readonly topic: string; readonly key: string }, choice: 'again' | 'drop'): Promise<number> {
  return database.transaction(async (sql) => {
    await sql.query('lock table outbox_aside in share row exclusive mode');
    const rows = await sql.query(PUT_BACK, [topic, key, choice === 'drop']);
    wakeAfterCommit(sql);
    return rows.length;
  });
}
