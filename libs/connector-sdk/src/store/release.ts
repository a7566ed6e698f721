import type { BrakeOrder, BrakeOrderResult, DesiredAccount } from '@rolebridge/contracts';
import { recordOrder, type Sql } from '@rolebridge/persistence';
import { contentOf } from '../decide/content.ts';
import { DROPPED } from './brake.ts';

/** An order for what the brake holds, checked. `by` comes from the credential (L29). */
export interface HeldOrder extends BrakeOrder {
  readonly by: string;
  /** How many different operators must agree to a release. */
  readonly approvals: number;
}

interface Chosen {
  readonly userId: string;
  readonly generation: number;
  readonly desired: DesiredAccount;
}

/** One person, also when the change was dropped before; or what a listing showed that is neither changed nor dropped since. */
const CHOOSE = `
select user_id as "userId", newest_seen as generation, desired from link
where system = $1 and state = 'held' and case when $2::uuid is not null then user_id = $2::uuid else hold_number <= $3 and not coalesce(hold, '{}') ? 'dropped' end
order by user_id for update`;

const APPROVE = `
with given as (select * from jsonb_to_recordset($2::jsonb) as t(user_id uuid, generation bigint)),
added as (insert into brake_approval (system, user_id, generation, by) select $1, user_id, generation, $3 from given on conflict do nothing returning user_id)
select g.user_id as "userId", added.user_id is null as repeated,
  (select count(*)::int from brake_approval a where a.system = $1 and a.user_id = g.user_id and a.generation = g.generation and a.by <> $3) as others
from given g left join added using (user_id)`;

const RELEASE = `
with held as (
  update link set state = 'pending', not_before = now(), failure = null, hold = null, updated_at = now()
  where system = $1 and user_id = any($2::uuid[]) and state = 'held' returning user_id, newest_seen
)
insert into brake_release (system, user_id, generation, by, reason) select $1, user_id, newest_seen, $3, $4 from held
on conflict (system, user_id, generation) do update set by = excluded.by, reason = excluded.reason, at = now()`;

/**
 * Lets through what the brake holds: exactly the generations that are held now, of one person or of a listing (L26). Where two
 * operators must agree the first is noted. `undefined` when nothing of it is held.
 */
export async function releaseHeld(sql: Sql, order: HeldOrder): Promise<BrakeOrderResult | undefined> {
  const { place, by, approvals, reason } = order;
  const chosen = await choose(sql, order);
  if (chosen.length === 0) return undefined;
  const given = JSON.stringify(chosen.map(({ userId, generation }) => ({ user_id: userId, generation })));
  const noted = await sql.query<{ userId: string; repeated: boolean; others: number }>(APPROVE, [place, given, by]);
  const ready = noted.filter(({ others }) => others + 1 >= approvals).map(({ userId }) => userId);
  await sql.query(RELEASE, [place, ready, by, reason]);
  const waiting = noted.length - ready.length;
  const repeated = noted.filter((one) => one.repeated && !ready.includes(one.userId)).length;
  const subjects = approvals === 1 ? ready : noted.map(({ userId }) => userId);
  await recordOrder(sql, { order: 'brake-release', operator: by, reason, system: place, affected: ready.length, subjects, skipped: waiting > 0 ? { 'needs another operator': waiting } : {} });
  return { done: ready.length, waiting, repeated, approvals };
}

const DROP = `
update link l set failure = $3::jsonb, updated_at = now(),
  hold = coalesce(l.hold, jsonb_build_object('since', now(), 'losses', '[]'::jsonb)) || jsonb_build_object('dropped', jsonb_build_object('by', $4::text, 'reason', $5::text, 'content', t.content))
from jsonb_to_recordset($2::jsonb) as t(user_id uuid, content text) where l.system = $1 and l.user_id = t.user_id and l.state || '' = 'held'`;

/** Decides that what is held shall not happen: it rests until something else is wished (L26). `undefined` when nothing of it is held. */
export async function dropHeld(sql: Sql, order: HeldOrder): Promise<BrakeOrderResult | undefined> {
  const { place, by, reason, approvals } = order;
  const chosen = await choose(sql, order);
  if (chosen.length === 0) return undefined;
  const rows = chosen.map(({ userId, desired }) => ({ user_id: userId, content: contentOf(desired) }));
  await sql.query(DROP, [place, JSON.stringify(rows), JSON.stringify(DROPPED), by, reason]);
  await recordOrder(sql, { order: 'brake-drop', operator: by, reason, system: place, affected: rows.length, subjects: rows.map(({ user_id: id }) => id) });
  return { done: rows.length, waiting: 0, repeated: 0, approvals };
}

/** Whether a listing can have told this number: a slip of the pen must not let through what is held later than anybody looked. */
export async function isListing(sql: Sql, listing: number): Promise<boolean> {
  const [row] = await sql.query<{ told: boolean }>('select is_called and $1::bigint <= last_value as told from hold_number', [listing]);
  return row?.told ?? false;
}

function choose(sql: Sql, { place, userId, listing }: HeldOrder): Promise<readonly Chosen[]> {
  return sql.query<Chosen>(CHOOSE, [place, userId ?? null, listing ?? null]);
}
