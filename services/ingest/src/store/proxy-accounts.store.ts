import type { SystemName, UserId } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { ShownAccount } from '../decide/account-request.ts';
import type { ProxyFilter } from '../decide/proxy-filter.ts';
import { keyOf, memberKey } from '../decide/proxy-view.ts';
import type { Assignment } from '../decide/account-request.ts';
import { isUuid } from './users.store.ts';

/** An account as the proxy API shows it. */
export interface ShownRow {
  readonly id: string;
  readonly userId: UserId | null;
  readonly view: ShownAccount;
  readonly created: Date;
  readonly modified: Date;
}

export interface ProxyPage<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

const SHOWN = 'id, user_id as "userId", view, created_at as created, modified_at as modified';

const KEY_COLUMN = { userName: 'user_name_key', email: 'email_key', displayName: 'display_key' } as const;

/** A page of the accounts of a system, in order of our ids. `offset` counts from 0. */
export async function listShown(sql: Sql, system: SystemName, since: Date | undefined, page: { readonly offset: number; readonly limit: number }): Promise<ProxyPage<ShownRow>> {
  const where = `system = $1 and view is not null and ($2::timestamptz is null or modified_at > $2)`;
  const [counted] = await sql.query<{ total: number }>(`select count(*)::int as total from proxy_account where ${where}`, [system, since ?? null]);
  const rows = await sql.query<ShownRow>(`select ${SHOWN} from proxy_account where ${where} order by id offset $3 limit $4`, [system, since ?? null, page.offset, page.limit]);
  return { total: counted?.total ?? 0, rows };
}

/** Accounts with this identifier; two at most are of interest. */
export function findShown(sql: Sql, system: SystemName, { by, value }: Extract<ProxyFilter, { readonly kind: 'one' }>): Promise<readonly ShownRow[]> {
  return sql.query<ShownRow>(`select ${SHOWN} from proxy_account where system = $1 and view is not null and ${KEY_COLUMN[by]} = $2 order by id limit 2`, [system, keyOf(value)]);
}

/** By our id, also by one under which the account was known before it turned out to be another's. */
export async function readShown(sql: Sql, system: SystemName, id: string): Promise<ShownRow | undefined> {
  if (!isUuid(id)) return undefined;
  const [row] = await sql.query<ShownRow>(
    `select ${SHOWN} from proxy_account where system = $1 and view is not null
       and id = coalesce((select alias_of from proxy_account where system = $1 and id = $2::uuid), $2::uuid)`,
    [system, id],
  );
  return row;
}

export interface Member {
  readonly id: string;
  readonly userName: string | null;
}

/** Who holds these entitlements, per entitlement as given. */
export async function membersOf(sql: Sql, system: SystemName, entitlements: readonly Assignment[]): Promise<ReadonlyMap<string, readonly Member[]>> {
  const keys = entitlements.map((one) => memberKey(system, one));
  if (keys.length === 0) return new Map();
  const rows = await sql.query<Member & { readonly key: string }>(
    `select m.key, a.id, a.view->'attributes'->>'userName' as "userName" from proxy_account a, unnest(a.members_of) m(key)
      where a.system = $1 and a.view is not null and a.members_of && $2::text[] and m.key = any($2::text[]) order by m.key, a.id`,
    [system, keys],
  );
  const found = new Map<string, Member[]>(keys.map((key) => [key, []]));
  for (const { key, id, userName } of rows) found.get(key)?.push({ id, userName });
  return found;
}
