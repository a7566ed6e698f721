import type { SystemName } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { Assignment } from '../decide/account-request.ts';
import type { ProxyPage } from './proxy-accounts.store.ts';
import { isUuid } from './users.store.ts';

/** Something that a system can give, as the proxy API shows it. */
export interface EntitlementRow {
  readonly id: string;
  readonly type: string;
  readonly value: string;
  readonly display: string | null;
  readonly created: Date;
  readonly modified: Date;
}

const COLUMNS = 'id, type, value, display, created_at as created, modified_at as modified';

export async function listEntitlements(sql: Sql, system: SystemName, since: Date | undefined, page: { readonly offset: number; readonly limit: number }): Promise<ProxyPage<EntitlementRow>> {
  const where = `system = $1 and shown and ($2::timestamptz is null or modified_at > $2)`;
  const [counted] = await sql.query<{ total: number }>(`select count(*)::int as total from proxy_entitlement where ${where}`, [system, since ?? null]);
  const rows = await sql.query<EntitlementRow>(`select ${COLUMNS} from proxy_entitlement where ${where} order by id offset $3 limit $4`, [system, since ?? null, page.offset, page.limit]);
  return { total: counted?.total ?? 0, rows };
}

export function findEntitlements(sql: Sql, system: SystemName, displayName: string): Promise<readonly EntitlementRow[]> {
  return sql.query<EntitlementRow>(`select ${COLUMNS} from proxy_entitlement where system = $1 and shown and lower(coalesce(display, value)) = lower($2) order by id limit 2`, [system, displayName]);
}

export async function readEntitlement(sql: Sql, system: SystemName, id: string): Promise<EntitlementRow | undefined> {
  if (!isUuid(id)) return undefined;
  const [row] = await sql.query<EntitlementRow>(`select ${COLUMNS} from proxy_entitlement where system = $1 and shown and id = $2::uuid`, [system, id]);
  return row;
}

/** The catalogue's entries for these assignments. */
export function entitlementsOf(sql: Sql, system: SystemName, assignments: readonly Assignment[]): Promise<readonly EntitlementRow[]> {
  const distinct = [...new Map(assignments.map((one) => [JSON.stringify([one.type, one.value]), one])).values()];
  return sql.query<EntitlementRow>(
    `select ${COLUMNS} from proxy_entitlement e where system = $1 and shown and exists (select 1 from unnest($2::text[], $3::text[]) t(type, value) where t.type = e.type and t.value = e.value)`,
    [system, distinct.map(({ type }) => type), distinct.map(({ value }) => value)],
  );
}

export function allEntitlements(sql: Sql, system: SystemName): Promise<readonly EntitlementRow[]> {
  return sql.query<EntitlementRow>(`select ${COLUMNS} from proxy_entitlement where system = $1 and shown`, [system]);
}
