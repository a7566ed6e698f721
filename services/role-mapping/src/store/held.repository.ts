import { OVER_ALL } from '@rolebridge/contracts';
import type { Cause, Generation, HeldChange, HeldLoss, UserId } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';

/** What is held of one person. */
export interface HeldJudgement {
  readonly userId: UserId;
  readonly userGeneration: Generation;
  readonly content: string;
  readonly cause: Cause;
  readonly approvedBy: readonly string[];
  readonly droppedBy: string | null;
}

export interface ToHold {
  readonly userId: UserId;
  readonly userGeneration: Generation;
  readonly content: string;
  readonly losses: readonly HeldLoss[];
  readonly cause: Cause;
  /** Exactly this is held already: nothing is told anew, and approvals stay. */
  readonly again: boolean;
}

const LOAD = `select user_id as "userId", user_generation as "userGeneration", content, cause, approved_by as "approvedBy", dropped_by as "droppedBy"
  from held_judgement where user_id = any($1::uuid[])`;

/** Of people whose row in `user_state` is locked: that lock covers what is held of them too. */
export async function loadHeld(sql: Sql, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, HeldJudgement>> {
  const rows = userIds.length === 0 ? [] : await sql.query<HeldJudgement>(LOAD, [userIds]);
  return new Map(rows.map((row) => [row.userId, row]));
}

const HOLD = `
  insert into held_judgement as h (user_id, user_generation, number, content, losses, cause)
  select user_id, user_generation, nextval('held_number'), content, losses, cause
  from jsonb_to_recordset($1::jsonb) as t (user_id uuid, user_generation bigint, content text, losses jsonb, cause jsonb) order by user_id
  on conflict (user_id) do update set user_generation = excluded.user_generation, number = excluded.number, content = excluded.content,
    losses = excluded.losses, cause = excluded.cause, approved_by = '{}',
    dropped_by = case when h.content = excluded.content then h.dropped_by end, dropped_because = case when h.content = excluded.content then h.dropped_because end`;

/** Stores what is held; a release or a drop that was given for something else no longer counts. */
export async function holdJudgements(sql: Sql, judgements: readonly ToHold[]): Promise<void> {
  const rows = judgements.filter(({ again }) => !again).map(({ userId, userGeneration, ...rest }) => ({ user_id: userId, user_generation: userGeneration, ...rest }));
  if (rows.length > 0) await sql.query(HOLD, [JSON.stringify(rows)]);
}

/** Nothing of these people is held any more. */
export async function letGo(sql: Sql, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length > 0) await sql.query('delete from held_judgement where user_id = any($1::uuid[])', [userIds]);
}

export async function countHeld(sql: Sql): Promise<{ readonly held: number; readonly dropped: number }> {
  const [row] = await sql.query<{ held: number; dropped: number }>('select count(*) filter (where dropped_by is null)::int as held, count(dropped_by)::int as dropped from held_judgement');
  return row ?? { held: 0, dropped: 0 };
}

type HeldRow = Omit<HeldChange, 'place' | 'since' | 'droppedBy'> & { readonly since: Date; readonly droppedBy: string | null };

const LIST = `
  select user_id as "userId", user_generation as generation, number, since, losses, cause, approved_by as "approvedBy", dropped_by as "droppedBy"
  from held_judgement where $2 or dropped_by is null order by number limit $1`;

/** What is held, oldest number first. */
export async function listHeld(sql: Sql, { limit, dropped }: { readonly limit: number; readonly dropped: boolean }): Promise<readonly HeldChange[]> {
  const rows = await sql.query<HeldRow>(LIST, [limit, dropped]);
  return rows.map(({ since, droppedBy, ...rest }) => ({ ...rest, place: OVER_ALL, since: since.toISOString(), ...(droppedBy === null ? {} : { droppedBy }) }));
}

/** People of an order: one, also when it was dropped before, or what a listing showed that is neither changed nor dropped since. In key order. */
const CHOOSE = `
  select user_id as "userId" from held_judgement
  where case when $1::uuid is not null then user_id = $1::uuid else number <= $2 and dropped_by is null end and ($3::uuid is null or user_id > $3::uuid)
  order by user_id limit $4`;

export async function chooseHeld(sql: Sql, order: { readonly userId?: string | undefined; readonly listing?: number | undefined; readonly after?: string | undefined }, limit: number): Promise<readonly UserId[]> {
  const rows = await sql.query<{ userId: UserId }>(CHOOSE, [order.userId ?? null, order.listing ?? null, order.after ?? null, limit]);
  return rows.map(({ userId }) => userId);
}

/** Whether a listing can have told this number: a slip of the pen must not let through what is held later than anybody looked. */
export async function isListing(sql: Sql, listing: number): Promise<boolean> {
  const [row] = await sql.query<{ told: boolean }>('select is_called and $1::bigint <= last_value as told from held_number', [listing]);
  return row?.told ?? false;
}

export interface Approval {
  readonly userId: UserId;
  readonly approvals: number;
  readonly repeated: boolean;
  readonly cause: Cause;
}

const APPROVE = `
  update held_judgement h set approved_by = case when $2 = any(h.approved_by) then h.approved_by else h.approved_by || $2 end, dropped_by = null, dropped_because = null
  from (select user_id, $2 = any(approved_by) as repeated from held_judgement where user_id = any($1::uuid[])) as before
  where h.user_id = before.user_id and ($3::bigint is null or h.number <= $3)
  returning h.user_id as "userId", cardinality(h.approved_by) as approvals, before.repeated, h.cause`;

/** Notes that an operator agrees; people whose row in `user_state` is locked. What is held anew since the listing is left out. */
export function approveHeld(sql: Sql, userIds: readonly UserId[], by: string, listing: number | undefined): Promise<readonly Approval[]> {
  return sql.query<Approval>(APPROVE, [userIds, by, listing ?? null]);
}

const DROP = `update held_judgement set dropped_by = $2, dropped_because = $3, approved_by = '{}' where user_id = any($1::uuid[]) and ($4::bigint is null or number <= $4) returning user_id as "userId"`;

export async function dropHeld(sql: Sql, userIds: readonly UserId[], { by, reason, listing }: { readonly by: string; readonly reason: string; readonly listing?: number | undefined }): Promise<readonly UserId[]> {
  const rows = await sql.query<{ userId: UserId }>(DROP, [userIds, by, reason, listing ?? null]);
  return rows.map(({ userId }) => userId);
}
