import type { DeliveryState, Failure } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { ClaimedLink } from './link-store.ts';

/** How an attempt ended, as stored. */
export interface Completion {
  readonly link: ClaimedLink;
  readonly state: Exclude<DeliveryState, 'applying' | 'superseded'>;
  /** Set on full success: the picture that now holds. */
  readonly applied?: object;
  /** Put back when the attempt surely had no effect; `null` leaves what was announced (L18). */
  readonly attempted: readonly object[] | null;
  /** What this attempt sent, or perhaps sent; `null` when it sent nothing. Noted where the lease had gone to somebody else (L24). */
  readonly sent: object | null;
  readonly accountKey: string | null;
  readonly accountId: string | null;
  readonly owned: boolean;
  readonly attempt: number;
  readonly delayMs: number;
  /** What was sent may still become visible: nobody looks before the settle time is over. */
  readonly unsettled: boolean;
  /** Look again after this time: a late write is possible (L24). */
  readonly verifyInMs: number | null;
  readonly settingsHash: string;
  readonly waitingOn: string | null;
  readonly failure: Failure | null;
  readonly shadowPlan: unknown;
}

/**
 * Applies verdicts only where the lease still holds. A verdict belongs to the generation that was attempted (L17): when a newer
 * wish has arrived meanwhile, the row is released as pending, attempt 0 – after the settle time if something may still be on its way,
 * and with attempt and backoff kept when the attempt failed transiently or in doubt.
 *
 * While a late write is possible a success forgets neither the look again nor what was attempted: a target that cannot be read is
 * put right only by ending what the late one may have brought (L18, L24). A zombie that told of itself meanwhile has raised `redrives`.
 *
 * What may still become visible is given the settle time from now on, not from its announcement: the call may have waited long for its turn.
 *
 * `state || ''` here and below keeps the planner off the index of due rows: it would read all that wait instead of each row by its key.
 */
const COMPLETE = `
with c as (
  select *, now() + $3 * interval '1 millisecond' as settles from jsonb_to_recordset($2::jsonb) as t(user_id uuid, token uuid, generation bigint, state text, success boolean, picture jsonb, attempted jsonb,
    redrives int, account_key text, account_id text, owned boolean, attempt int, delay_ms float8, unsettled boolean, verify_ms float8, settings text,
    waiting_on uuid, failure jsonb, shadow jsonb) order by user_id
)
update link l set
  applied = case when c.success then c.generation else l.applied end,
  last_applied = case when c.success then c.picture else l.last_applied end,
  attempted = case when c.success and c.verify_ms is null and l.verify_at is null then '[]'::jsonb
                   when c.success or l.redrives > c.redrives then l.attempted
                   else coalesce(c.attempted, l.attempted) end,
  applied_settings = case when c.success then c.settings else l.applied_settings end,
  last_success_at = case when c.success then now() else l.last_success_at end,
  account_key = coalesce(c.account_key, l.account_key),
  account_id = coalesce(c.account_id, l.account_id),
  owned = c.owned,
  hold = case when c.success then null else l.hold end,
  settle_until = case when c.unsettled then greatest(l.settle_until, c.settles) end,
  verify_at = coalesce(now() + c.verify_ms * interval '1 millisecond', l.verify_at),
  state = case when l.newest_seen > c.generation then 'pending' else c.state end,
  attempt = case when l.newest_seen > c.generation and c.state <> 'pending' then 0 else c.attempt end,
  not_before = case
    when l.newest_seen > c.generation and c.state <> 'pending' then case when c.unsettled then greatest(c.settles, l.settle_until) else now() end
    when c.shadow is not null then case when l.newest_seen > c.generation then now() else 'infinity'::timestamptz end
    else greatest(now() + c.delay_ms * interval '1 millisecond', case when c.unsettled and c.state <> 'accepted' then greatest(c.settles, l.settle_until) end) end,
  failure = case when l.newest_seen > c.generation and c.state <> 'pending' then null else c.failure end,
  first_failure_at = case when c.failure is null then null else coalesce(l.first_failure_at, now()) end,
  waiting_since = case when c.state = 'waiting' and l.newest_seen = c.generation then coalesce(l.waiting_since, now()) end,
  waiting_on = case when c.state = 'waiting' and l.newest_seen = c.generation then c.waiting_on end,
  shadow_plan = case when l.newest_seen = c.generation then c.shadow end,
  lease_token = null,
  updated_at = now()
from c where l.system = $1 and l.user_id = c.user_id and l.lease_token = c.token and l.state || '' = 'applying'
returning l.user_id as "userId", l.newest_seen > c.generation as superseded`;

/** A zombie wrote late: what it sent may be there, and its row is looked at again after `$3` milliseconds (L24). Of a person who is forgotten nothing is noted. */
const REVISIT = `
update link l set verify_at = now() + $3 * interval '1 millisecond', redrives = redrives + 1,
  attempted = case when z.sent is null or exists (select from jsonb_array_elements(l.attempted) as a where a = z.sent) then l.attempted else jsonb_build_array(z.sent) || l.attempted end
from (select * from jsonb_to_recordset($2::jsonb) as t(user_id uuid, sent jsonb) order by user_id) z
where l.system = $1 and l.user_id = z.user_id and (l.erasure is null or l.erasure = 'erasing')`;

const WAKE_WAITING = `
update link set state = 'pending', not_before = now(), waiting_on = null
where system = $1 and waiting_on = any($2::uuid[]) and state || '' = 'waiting'`;

export interface CompletionResult {
  /** Refused: the lease had gone to somebody else. */
  readonly stale: ReadonlySet<string>;
  /** A newer wish had arrived while this one was in flight. */
  readonly superseded: ReadonlySet<string>;
}

/** Milliseconds. */
export interface CompletionTimes {
  /** A zombie that wrote late is looked at again after this. */
  readonly verifyMs: number;
  /** How long it may take until what was sent can be seen. */
  readonly settleMs: number;
}

/** Stores how attempts ended; wakes those who waited for the account of one of these people. */
export async function complete(sql: Sql, system: string, completions: readonly Completion[], { verifyMs, settleMs }: CompletionTimes): Promise<CompletionResult> {
  const rows = completions.map(toRow);
  const stored = await sql.query<{ userId: string; superseded: boolean }>(COMPLETE, [system, JSON.stringify(rows), settleMs]);
  const held = new Set(stored.map((row) => row.userId));
  const stale = completions.filter(({ link }) => !held.has(link.userId));
  if (stale.length > 0) await sql.query(REVISIT, [system, JSON.stringify(stale.map(({ link, sent }) => ({ user_id: link.userId, sent }))), verifyMs]);
  const finished = completions.filter(({ state }) => state !== 'waiting' && state !== 'pending').map(({ link }) => link.userId);
  if (finished.length > 0) await sql.query(WAKE_WAITING, [system, finished]);
  return { stale: new Set(stale.map(({ link }) => link.userId)), superseded: new Set(stored.filter((row) => row.superseded).map((row) => row.userId)) };
}

function toRow(completion: Completion): object {
  const { link } = completion;
  return {
    user_id: link.userId,
    token: link.token,
    generation: link.generation,
    state: completion.state,
    success: completion.applied !== undefined,
    picture: completion.applied ?? null,
    attempted: completion.attempted,
    redrives: link.redrives,
    account_key: completion.accountKey,
    account_id: completion.accountId,
    owned: completion.owned,
    attempt: completion.attempt,
    delay_ms: completion.delayMs,
    unsettled: completion.unsettled,
    verify_ms: completion.verifyInMs,
    settings: completion.settingsHash,
    waiting_on: completion.waitingOn,
    failure: completion.failure,
    shadow: completion.shadowPlan ?? null,
  };
}
