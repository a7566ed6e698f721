import type { Sql } from '../port.ts';

/** What is committed and not yet at the broker. */
export interface OutboxBacklog {
  readonly rows: number;
  /** Age of the oldest of them, seconds; 0 when nothing waits. */
  readonly oldestSeconds: number;
  /** Records that the broker refuses, and those behind them. */
  readonly aside: number;
}

const COUNT = `
  select (select count(*) from outbox)::int as rows, (select count(*) from outbox_aside)::int as aside,
    coalesce((select greatest(0, extract(epoch from now() - created_at)) from outbox order by sequence limit 1), 0)::float8 as "oldestSeconds"`;

export async function outboxBacklog(sql: Sql): Promise<OutboxBacklog> {
  const [row] = await sql.query<OutboxBacklog>(COUNT);
  return row ?? { rows: 0, oldestSeconds: 0, aside: 0 };
}
