import type { Sql } from '@rolebridge/persistence';
import type { UserModel } from '@rolebridge/scim';
import type { UserRow } from '../decide/user-row.ts';
import { findIds, findUncounted } from './scim-list.ts';
import type { Ids, Listed, Slice, Wanted } from './scim-list.ts';
import { userColumns } from './users-columns.ts';
import { LIVING, usersOf } from './users.store.ts';

export interface UserPage {
  /** How many users match in all. */
  readonly total: number;
  readonly rows: readonly UserRow[];
}

/** Where users that are not deleted are looked for. @param baseUrl the address of the interface */
export function listedUsers(model: UserModel, baseUrl: string): Listed {
  return { table: 'users', alias: 'u', living: `u.${LIVING}`, columns: (base) => userColumns(model, base), baseUrl };
}

/** A page of the users that are not deleted. */
export async function listUsers(sql: Sql, listed: Listed, wanted: Wanted, slice: Slice): Promise<UserPage> {
  const { total, ids } = await userIds(sql, listed, wanted, slice);
  return { total, rows: await usersOf(sql, ids) };
}

/** The ids of such a page. */
export async function userIds(sql: Sql, listed: Listed, wanted: Wanted, slice: Slice): Promise<Ids> {
  if (wanted.filter) return findIds(sql, listed, wanted, slice);
  const total = await countUsers(sql);
  return { total, ids: slice.limit === 0 ? [] : await findUncounted(sql, listed, wanted, slice) };
}

/** How many users are not deleted: kept by triggers, so that nobody counts a million rows. */
async function countUsers(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ living: number }>('select coalesce(sum(living), 0)::bigint as living from users_living_count');
  return row?.living ?? 0;
}
