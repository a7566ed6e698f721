import type { DesiredAccount, Urgency } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import { storeErasures } from './erasing.ts';

/** Where a wish came from: kept for dead letters. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
}

export interface Wish {
  readonly desired: DesiredAccount;
  readonly origin: Origin;
}

/** Order of claims (L25). */
export const PRIORITY: Readonly<Record<Urgency, number>> = { leaving: 0, normal: 5, bulk: 9 };

/**
 * The fence: only a generation newer than the newest seen changes anything; duplicates, replays and late records end here.
 *
 * What a newer wish does to the row (L17): a row at work keeps its lease; one that backs off keeps attempt and due time, so that
 * a busy user cannot defeat the backoff; every other row is due now, or once the last one-way message has settled (L19).
 */
const UPSERT = `
insert into link as l (system, user_id, newest_seen, user_generation, desired, origin, priority, state, not_before)
select $1, t.user_id, t.generation, t.user_generation, t.desired, t.origin, t.priority, 'pending', now()
  from jsonb_to_recordset($2::jsonb) as t(user_id uuid, generation bigint, user_generation bigint, desired jsonb, origin jsonb, priority smallint)
 order by t.user_id
on conflict (system, user_id) do update set
  newest_seen = excluded.newest_seen,
  user_generation = excluded.user_generation,
  desired = excluded.desired,
  origin = excluded.origin,
  priority = case when l.state in ('pending', 'applying') then least(l.priority, excluded.priority) else excluded.priority end,
  state = case when l.state = 'applying' then 'applying' else 'pending' end,
  attempt = case when l.state in ('pending', 'applying') then l.attempt else 0 end,
  not_before = case when l.state in ('pending', 'applying') then case when l.shadow_plan is null then l.not_before else now() end
                    else greatest(now(), l.settle_until) end,
  failure = case when l.state in ('pending', 'applying') then l.failure end,
  first_failure_at = case when l.state in ('pending', 'applying') then l.first_failure_at end,
  waiting_since = null,
  waiting_on = null,
  shadow_plan = null,
  erasure = null,
  erasing_since = null,
  updated_at = now()
where excluded.newest_seen > l.newest_seen
returning user_id`;

/** Stores the newest wish of each person; returns for how many of them it was news. `wishes` holds each person once. */
export async function storeWishes(sql: Sql, system: string, wishes: readonly Wish[]): Promise<number> {
  if (wishes.length === 0) return 0;
  const rows = wishes.map(({ desired, origin }) => ({
    user_id: desired.userId,
    generation: desired.generation,
    user_generation: desired.userGeneration,
    desired,
    origin,
    priority: PRIORITY[desired.urgency],
  }));
  const [erased, others] = [rows.filter(isLast), rows.filter((row) => !isLast(row))];
  const news = others.length === 0 ? 0 : (await sql.query(UPSERT, [system, JSON.stringify(others)])).length;
  return news + (await storeErasures(sql, system, erased));
}

/** The last wish of an erased person (L30). */
function isLast({ desired }: { readonly desired: DesiredAccount }): boolean {
  return desired.erased === true;
}
