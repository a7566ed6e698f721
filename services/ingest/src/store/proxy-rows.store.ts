import type { SystemName } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { ProxyRow } from '../decide/proxy-row.ts';
import { keysOf } from '../decide/proxy-view.ts';
import { isUuid } from './users.store.ts';

/** Which rows of a system a change concerns. */
export interface ProxyLookup {
  readonly keys?: readonly string[];
  readonly userIds?: readonly string[];
  /** Our ids, also former ones. */
  readonly ids?: readonly string[];
}

type Stored = { readonly [Name in keyof ProxyRow]-?: Exclude<ProxyRow[Name], undefined> | null };

const FIND = `
  select id from proxy_account where system = $1 and account_key = any($2::text[])
  union select id from proxy_account where system = $1 and user_id = any($3::uuid[])
  union select id from proxy_account where system = $1 and id = any($4::uuid[])
  union select alias_of from proxy_account where system = $1 and id = any($4::uuid[]) and alias_of is not null`;
const READ = `
  select system, id, account_key as "accountKey", user_id as "userId", generation, account_generation as "accountGeneration", observed, overlay,
    overlay_generation as "overlayGeneration", covering, delivered, view, alias_of as "aliasOf"
  from proxy_account where system = $1 and id = any($2::uuid[]) order by id`;

/** Locks, in key order, and reads. Two statements, as for users. */
export async function lockProxyRows(sql: Sql, system: SystemName, { keys = [], userIds = [], ids = [] }: ProxyLookup): Promise<readonly ProxyRow[]> {
  const found = await sql.query<{ id: string }>(FIND, [system, keys, userIds, [...ids, ...userIds].filter(isUuid)]);
  if (found.length === 0) return [];
  return (await sql.query<Stored>(`${READ} for update`, [system, found.map(({ id }) => id)])).map(toRow);
}

/** By our ids, also former ones, without a lock: tells only whom to lock. */
export async function readProxyRows(sql: Sql, system: SystemName, ids: readonly string[]): Promise<readonly ProxyRow[]> {
  const found = await sql.query<{ id: string }>(FIND, [system, [], [], ids.filter(isUuid)]);
  return (await sql.query<Stored>(READ, [system, found.map(({ id }) => id)])).map(toRow);
}

/** Keys and people move between rows: they are given up before they are taken. */
const GIVE_UP = `
  update proxy_account a set account_key = null, user_id = null
  from jsonb_to_recordset($2::jsonb) as t(id uuid, account_key text, user_id uuid)
  where a.system = $1 and a.id = t.id and (a.account_key is distinct from t.account_key or a.user_id is distinct from t.user_id)`;
const SAVE = `
  insert into proxy_account as a (system, id, account_key, user_id, generation, account_generation, observed, overlay, overlay_generation, covering, delivered, view,
    user_name_key, email_key, display_key, members_of, alias_of)
  select $1, id, account_key, user_id, generation, account_generation, observed, overlay, overlay_generation, covering, delivered, view,
    user_name_key, email_key, display_key, members_of, alias_of
  from jsonb_to_recordset($2::jsonb) as t(id uuid, account_key text, user_id uuid, generation bigint, account_generation bigint, observed jsonb, overlay jsonb,
    overlay_generation bigint, covering bigint, delivered jsonb, view jsonb, user_name_key text, email_key text, display_key text, members_of text[], alias_of uuid)
  order by id
  on conflict (system, id) do update set account_key = excluded.account_key, user_id = excluded.user_id, generation = excluded.generation,
    account_generation = excluded.account_generation, observed = excluded.observed, overlay = excluded.overlay, overlay_generation = excluded.overlay_generation,
    covering = excluded.covering, delivered = excluded.delivered, view = excluded.view, user_name_key = excluded.user_name_key, email_key = excluded.email_key, display_key = excluded.display_key,
    members_of = excluded.members_of, alias_of = excluded.alias_of,
    modified_at = case when a.view is distinct from excluded.view then now() else a.modified_at end`;

/** Writes rows that are new or locked by this transaction. */
export async function saveProxyRows(sql: Sql, system: SystemName, rows: readonly ProxyRow[]): Promise<void> {
  if (rows.length === 0) return;
  const stored = JSON.stringify(rows.map((row) => toStored(system, row)));
  await sql.query(GIVE_UP, [system, stored]);
  await sql.query(SAVE, [system, stored]);
}

function toStored(system: SystemName, row: ProxyRow): object {
  const { userName, email, display, membersOf } = keysOf(system, row.view);
  // members that are missing are columns that are null
  return {
    id: row.id,
    account_key: row.accountKey,
    user_id: row.userId,
    generation: row.generation,
    account_generation: row.accountGeneration,
    observed: row.observed,
    overlay: row.overlay,
    overlay_generation: row.overlayGeneration,
    covering: row.covering,
    delivered: row.delivered,
    view: row.view,
    user_name_key: userName,
    email_key: email,
    display_key: display,
    members_of: membersOf,
    alias_of: row.aliasOf,
  };
}

function toRow(stored: Stored): ProxyRow {
  const known = Object.entries(stored).filter(([, value]) => value !== null);
  return Object.fromEntries(known) as unknown as ProxyRow; // columns that are null are members that are missing
}
