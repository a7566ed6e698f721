import type { Cause, Presence, RequestedAccount, UserGroup } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import { URN } from '@rolebridge/scim';
import type { User } from '@rolebridge/scim';
import type { ReturnKeys } from '../decide/returning.ts';
import { userNameKey } from '../decide/user-row.ts';
import type { UserRow } from '../decide/user-row.ts';

/** A row as the database holds it. */
interface StoredUser {
  readonly id: string;
  readonly generation: number;
  readonly presence: Presence;
  readonly resource: User;
  readonly requested: Readonly<Record<string, RequestedAccount>>;
  readonly requested_only: boolean;
  readonly member_of: readonly UserGroup[] | null;
  readonly source: string;
  readonly cause: Cause;
  readonly created_at: Date;
  readonly modified_at: Date;
}

/** Not deleted. */
export const LIVING = `presence in ('active', 'disabled')`;

const COLUMNS = 'id, generation, presence, resource, requested, requested_only, member_of, source, cause, created_at, modified_at';

/** Whom a batch concerns: known ids, logins of living users, and what returning people may be known by. */
export interface Lookup {
  readonly ids: readonly string[];
  readonly userNames: readonly string[];
  readonly returning: readonly ReturnKeys[];
}

const FIND_CONCERNED = `
  select id from users where user_name_key = any($1::text[]) and presence in ('active', 'disabled')
  union all select id from users where user_uuid = any($2::text[]) and presence = 'absent'
  union all select id from users where employee_number = any($3::text[]) and presence = 'absent'
  union all select id from users where external_id = any($4::text[]) and presence = 'absent'
  union all select id from users where user_name_key = any($5::text[]) and presence = 'absent'`;

const LOCK = `select ${COLUMNS} from users where id = any($1::uuid[]) and presence <> 'erased' order by id for update`;

/**
 * Locks, in key order, and reads every row that a batch concerns. Ids that are no UUIDs concern nobody. Two statements on purpose: with the
 * search inside the locking one, PostgreSQL judges a row that somebody else has just changed by the search again, and loses it.
 */
export async function lockConcerned(sql: Sql, lookup: Lookup): Promise<readonly UserRow[]> {
  const ids = [...new Set([...lookup.ids.filter(isUuid), ...(await findConcerned(sql, lookup))])];
  if (ids.length === 0) return [];
  return (await sql.query<StoredUser>(LOCK, [ids])).map(toRow);
}

/** Locks, in key order, and reads users that are not deleted. */
export async function lockUsers(sql: Sql, ids: readonly string[]): Promise<readonly UserRow[]> {
  const rows = await sql.query<StoredUser>(`select ${COLUMNS} from users where id = any($1::uuid[]) and ${LIVING} order by id for update`, [ids]);
  return rows.map(toRow);
}

async function findConcerned(sql: Sql, { userNames, returning }: Lookup): Promise<readonly string[]> {
  if (userNames.length === 0) return [];
  const keys = (name: keyof ReturnKeys) => returning.flatMap((one) => one[name] ?? []);
  const names = userNames.map(userNameKey);
  const rows = await sql.query<{ id: string }>(FIND_CONCERNED, [names, keys('userUuid'), keys('employeeNumber'), keys('externalId'), keys('userName')]);
  return rows.map(({ id }) => id);
}

const SAVE = `
  insert into users (id, generation, presence, user_name_key, external_id, employee_number, user_uuid, source, resource, requested, cause, created_at, modified_at, member_of, requested_only)
  select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::jsonb[], $11::jsonb[], $12::timestamptz[], $13::timestamptz[], $14::jsonb[], $15::boolean[])
    as t (id, generation, presence, user_name_key, external_id, employee_number, user_uuid, source, resource, requested, cause, created_at, modified_at, member_of, requested_only)
  order by user_name_key
  on conflict (id) do update set
    generation = excluded.generation, presence = excluded.presence, user_name_key = excluded.user_name_key, external_id = excluded.external_id,
    employee_number = excluded.employee_number, user_uuid = excluded.user_uuid, source = excluded.source, resource = excluded.resource,
    requested = excluded.requested, requested_only = excluded.requested_only, member_of = excluded.member_of, cause = excluded.cause, modified_at = excluded.modified_at`;

/** Name of the unique index over logins. */
export const USER_NAME_INDEX = 'users_user_name';

/** Writes rows that are new or locked by this transaction; in order of logins, so that two instances never wait for each other. */
export async function saveUsers(sql: Sql, rows: readonly UserRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(SAVE, [
    rows.map(({ id }) => id),
    rows.map(({ generation }) => generation),
    rows.map(({ presence }) => presence),
    rows.map(({ user }) => userNameKey(user.userName)),
    rows.map(({ user }) => user.externalId ?? null),
    rows.map(({ user }) => user[URN.enterpriseUser]?.employeeNumber ?? null),
    rows.map(({ user }) => user[URN.sapUser]?.userUuid ?? null),
    rows.map(({ source }) => source),
    rows.map(({ user }) => JSON.stringify(user)),
    rows.map(({ requested }) => JSON.stringify(requested)),
    rows.map(({ cause }) => JSON.stringify(cause)),
    rows.map(({ created }) => created),
    rows.map(({ modified }) => modified),
    rows.map(({ memberOf }) => (memberOf ? JSON.stringify(memberOf) : null)),
    rows.map(({ requestedOnly = false }) => requestedOnly),
  ]);
}

/** Locks and reads the next rows in key order, also of people who left. @param after the last id that was read */
export async function lockNext(sql: Sql, after: string | undefined, limit: number): Promise<readonly UserRow[]> {
  const rows = await sql.query<StoredUser>(`select ${COLUMNS} from users where ($1::uuid is null or id > $1) order by id limit $2 for update`, [after ?? null, limit]);
  return rows.map(toRow);
}

/** A user that is not deleted, by id. */
export async function findUser(sql: Sql, id: string): Promise<UserRow | undefined> {
  if (!isUuid(id)) return undefined;
  const [row] = await sql.query<StoredUser>(`select ${COLUMNS} from users where id = $1 and presence in ('active', 'disabled')`, [id]);
  return row && toRow(row);
}

/** The user that is not deleted and has this login. */
export async function findUserByName(sql: Sql, userName: string): Promise<UserRow | undefined> {
  const [row] = await sql.query<StoredUser>(`select ${COLUMNS} from users where user_name_key = $1 and presence in ('active', 'disabled')`, [userNameKey(userName)]);
  return row && toRow(row);
}

/** The person who last had this login, preferring one who is still here; for operators. */
export async function findAnyByName(sql: Sql, userName: string): Promise<UserRow | undefined> {
  const [row] = await sql.query<StoredUser>(
    `select ${COLUMNS} from users where user_name_key = $1 order by presence = 'absent', modified_at desc limit 1`,
    [userNameKey(userName)],
  );
  return row && toRow(row);
}

/** Users that are not deleted, in the order of these ids; ids that nobody has are left out. */
export async function usersOf(sql: Sql, ids: readonly string[]): Promise<readonly UserRow[]> {
  if (ids.length === 0) return [];
  const rows = await sql.query<StoredUser>(`select ${COLUMNS} from users where id = any($1::uuid[]) and ${LIVING}`, [ids]);
  const byId = new Map(rows.map((row) => [row.id, toRow(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(id: string): boolean {
  return UUID.test(id);
}

function toRow(stored: StoredUser): UserRow {
  const { id, generation, presence, resource, requested, requested_only: requestedOnly, member_of: memberOf, source, cause } = stored;
  return { id, generation, presence, user: resource, requested, ...(requestedOnly && { requestedOnly }), ...(memberOf && { memberOf }), source, cause, created: stored.created_at.toISOString(), modified: stored.modified_at.toISOString() };
}
