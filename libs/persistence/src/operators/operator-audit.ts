import { type AuditEntry, maskedText, type OperatorAudit } from '@rolebridge/contracts';
import type { Sql } from '../port.ts';

/** An order that is carried out in this transaction. `operator` is the name from the credential, never from the shell (L29). */
export type OrderToRecord = Omit<AuditEntry, 'at' | 'skipped' | 'subjects'> & Partial<Pick<AuditEntry, 'skipped' | 'subjects'>>;

const RECORD = `
  insert into operator_audit (ordered, operator, reason, system, filter, affected, skipped, subjects)
  values ($1, $2, $3, $4, $5::jsonb, $6, $7::jsonb, $8::text[])`;

/**
 * Writes down who ordered what, and why, in the transaction that carries it out: neither exists without the other. E-mail addresses in
 * the reason are masked. The table is append-only.
 */
export async function recordOrder(sql: Sql, order: OrderToRecord): Promise<void> {
  await sql.query(RECORD, [
    order.order,
    order.operator,
    maskedText(order.reason),
    order.system ?? null,
    order.filter === undefined ? null : JSON.stringify(order.filter),
    order.affected,
    JSON.stringify(order.skipped ?? {}),
    order.subjects ?? [],
  ]);
}

export interface AuditQuestion {
  /** ISO 8601; nothing older. */
  readonly since?: string;
  readonly limit: number;
}

type AuditRow = Omit<AuditEntry, 'at' | 'system' | 'filter'> & { readonly at: Date; readonly system: string | null; readonly filter: AuditEntry['filter'] | null; readonly total: number };

const LIST = `
  select at, ordered as "order", operator, reason, system, filter, affected, skipped, subjects, count(*) over () as total
  from operator_audit where at >= coalesce($1::timestamptz, '-infinity') order by position desc limit $2`;

/** What was ordered, newest first. */
export async function listOrders(sql: Sql, { since, limit }: AuditQuestion): Promise<OperatorAudit> {
  const rows = await sql.query<AuditRow>(LIST, [since ?? null, limit]);
  return { orders: rows.map(toEntry), total: rows[0]?.total ?? 0 };
}

function toEntry({ at, order, operator, reason, system, filter, affected, skipped, subjects }: AuditRow): AuditEntry {
  const known = { ...(system === null ? {} : { system }), ...(filter === null || filter === undefined ? {} : { filter }) };
  return { at: at.toISOString(), order, operator, reason, affected, skipped, subjects, ...known };
}
