import type { OutboxOrder, OutboxOrderKind, OutboxOrderResult } from '@rolebridge/contracts';
import { wakeAfterCommit } from '../connection/wake.ts';
import { recordOrder } from '../operators/operator-audit.ts';
import type { Database, Sql } from '../port.ts';

/** A topic and key whose records wait because the broker refused one of them. */
export interface BlockedKey {
  readonly topic: string;
  readonly key: string;
  /** Failure code of the first refused record. */
  readonly code: string;
  /** Records that wait, the refused ones included. */
  readonly records: number;
  readonly refused: number;
  readonly since: Date;
}

/** What was set aside, oldest first: for operators. */
export function listAside(sql: Sql, limit = 100): Promise<readonly BlockedKey[]> {
  return sql.query<BlockedKey>(
    `select topic, key, coalesce((array_agg(reason order by sequence) filter (where reason is not null))[1], 'unknown') as code,
       count(*) as records, count(reason) as refused, min(aside_at) as since
     from outbox_aside group by topic, key order by min(sequence) limit $1`,
    [limit],
  );
}

const PUT_BACK = `
  with released as (delete from outbox_aside where topic = $1 and key = $2 returning *),
  going as (
    insert into outbox (sequence, topic, key, value, headers, created_at) overriding system value
    select sequence, topic, key, value, headers, created_at from released where not ($3 and reason is not null)
    returning 1
  )
  select (select count(*) from going) as going, (select count(*) from released where $3 and reason is not null) as lost`;

/** Who decides about a key, by the name of the credential (L29). */
export interface ReleaseOrder extends OutboxOrder {
  readonly kind: OutboxOrderKind;
  readonly operator: string;
}

export type Released = OutboxOrderResult;

/**
 * Lets the records of a key go again, in their old order and before newer ones. `release`: all of them, after the broker's limit was
 * raised. `drop`: without those that were refused, which are lost for good. Writes down who ordered it; `undefined` when nothing waits
 * there.
 */
export function releaseAside(database: Database, order: ReleaseOrder): Promise<Released | undefined> {
  const { topic, key, kind, operator, reason } = order;
  return database.transaction(async (sql) => {
    await sql.query('lock table outbox_aside in share row exclusive mode');
    const [done] = await sql.query<Released>(PUT_BACK, [topic, key, kind === 'drop']);
    if (done === undefined || done.going + done.lost === 0) return undefined;
    await recordOrder(sql, { order: `outbox-${kind}`, operator, reason, affected: done.going + done.lost, filter: { topic, ...done }, subjects: [key] });
    wakeAfterCommit(sql);
    return done;
  });
}
