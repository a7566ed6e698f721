import type { IdentityUser, UserId } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';

export interface UserToStore {
  readonly user: IdentityUser;
  /** ISO 8601; `undefined`: time alone changes nothing. */
  readonly reevaluateAt: string | undefined;
}

const ACCEPT = `
  insert into user_state as s (user_id, generation, rule_set, identity, reevaluate_at)
  select user_id, generation, $2, identity, reevaluate_at
  from json_to_recordset($1::json) as t (user_id uuid, generation bigint, identity json, reevaluate_at timestamptz)
  order by user_id
  on conflict (user_id) do update
    set generation = excluded.generation, rule_set = excluded.rule_set, identity = excluded.identity, reevaluate_at = excluded.reevaluate_at
    where excluded.generation > s.generation
  returning s.user_id as "userId"`;

/**
 * Stores people whose generation is newer than the stored one and locks their rows; returns who that was. Duplicates, replays and
 * late records end here (L1). `ruleSet` must come from {@link RuleSets.active} in this transaction: its lock is why a lower one
 * can never overwrite a higher (L11).
 */
export async function acceptUsers(sql: Sql, users: readonly UserToStore[], ruleSet: number): Promise<ReadonlySet<UserId>> {
  const rows = users.map(({ user, reevaluateAt }) => ({ user_id: user.id, generation: user.generation, identity: user, reevaluate_at: reevaluateAt }));
  const accepted = await sql.query<{ userId: UserId }>(ACCEPT, [JSON.stringify(rows), ruleSet]);
  return new Set(accepted.map(({ userId }) => userId));
}

interface IdentityRow {
  readonly identity: IdentityUser;
}

const TAKE_BEHIND = `
  select identity from user_state where rule_set < $1 and ($2::uuid is null or user_id > $2::uuid)
  order by user_id limit $3 for update skip locked`;

/** Locks the next people, in order of id, who were judged by an older rule set; passes over those somebody else holds. */
export async function takeBehind(sql: Sql, ruleSet: number, after: UserId | undefined, limit: number): Promise<readonly IdentityUser[]> {
  const rows = await sql.query<IdentityRow>(TAKE_BEHIND, [ruleSet, after ?? null, limit]);
  return rows.map(({ identity }) => identity);
}

/** Locks these people, in order of id, and reads them. */
export async function lockUsers(sql: Sql, userIds: readonly UserId[]): Promise<readonly IdentityUser[]> {
  const rows = await sql.query<IdentityRow>('select identity from user_state where user_id = any($1::uuid[]) order by user_id for update', [userIds]);
  return rows.map(({ identity }) => identity);
}

const TAKE_DUE = `
  select identity from user_state
  where user_id in (select user_id from user_state where reevaluate_at <= $1::timestamptz order by reevaluate_at limit $2) and reevaluate_at <= $1::timestamptz
  order by user_id for update skip locked`;

/** Locks the people for whom time alone makes a difference by now, those who wait longest first. */
export async function takeDue(sql: Sql, now: Date, limit: number): Promise<readonly IdentityUser[]> {
  const rows = await sql.query<IdentityRow>(TAKE_DUE, [now.toISOString(), limit]);
  return rows.map(({ identity }) => identity);
}

/** Milliseconds until the first of them is due; `undefined`: nobody. */
export async function nextDueInMs(sql: Sql, now: Date): Promise<number | undefined> {
  const [row] = await sql.query<{ at: Date | null }>('select min(reevaluate_at) as at from user_state where reevaluate_at is not null');
  return row?.at ? row.at.getTime() - now.getTime() : undefined;
}

const SAVE_JUDGED = `
  update user_state as s set rule_set = $2, reevaluate_at = t.reevaluate_at
  from json_to_recordset($1::json) as t (user_id uuid, reevaluate_at timestamptz)
  where s.user_id = t.user_id and s.rule_set <= $2`;

/** Notes by which rules locked people were judged, and when time makes the next difference. */
export async function saveJudged(sql: Sql, users: readonly UserToStore[], ruleSet: number): Promise<void> {
  if (users.length === 0) return;
  await sql.query(SAVE_JUDGED, [JSON.stringify(users.map(({ user, reevaluateAt }) => ({ user_id: user.id, reevaluate_at: reevaluateAt }))), ruleSet]);
}

export async function findUser(sql: Sql, userId: UserId): Promise<IdentityUser | undefined> {
  const [row] = await sql.query<IdentityRow>('select identity from user_state where user_id = $1::uuid', [userId]);
  return row?.identity;
}
