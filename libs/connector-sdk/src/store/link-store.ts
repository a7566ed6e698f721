import type { DesiredAccount, DeliveryState, Failure } from '@rolebridge/contracts';
import type { Database, Sql } from '@rolebridge/persistence';
import type { Owner } from '../decide/ownership.ts';
import type { Hold } from './held.ts';
import { type Origin, PRIORITY } from './inbox.ts';

/** A link as claimed by a worker. `generation` is the wish that this claim attempts. */
export interface ClaimedLink {
  readonly system: string;
  readonly userId: string;
  readonly token: string;
  readonly generation: number;
  readonly desired: DesiredAccount;
  readonly origin: Origin;
  readonly accountId: string | null;
  readonly accountKey: string | null;
  readonly owned: boolean;
  readonly applied: number | null;
  readonly lastApplied: object | null;
  readonly attempted: readonly object[];
  readonly attempt: number;
  readonly redrives: number;
  readonly waitingForMs: number;
  readonly firstFailureAt: Date | null;
  /** The row was taken over from a worker whose lease ran out (L24). */
  readonly takenOver: boolean;
  /** The last attempt ended in doubt. */
  readonly inDoubt: boolean;
  /** The brake held an earlier wish back and nobody has decided since (L26). */
  readonly hold: Hold | null;
}

/** Columns of a {@link ClaimedLink}, of `link l`; `takenOver` is not among them. */
export const CLAIMED = `l.system, l.user_id as "userId", l.lease_token as token, l.newest_seen as generation, l.desired, l.origin,
  l.account_id as "accountId", l.account_key as "accountKey", l.owned, l.applied, l.last_applied as "lastApplied", l.attempted,
  l.attempt, l.redrives, coalesce(extract(epoch from now() - l.waiting_since) * 1000, 0)::float8 as "waitingForMs",
  l.first_failure_at as "firstFailureAt", coalesce(l.failure->>'kind' = 'in-doubt', false) as "inDoubt", l.hold`;

/**
 * Claims due rows, leavers first, and leases them: until the lease ends nobody else takes them, after it they are due again
 * by themselves. `$5 = true` orders by fewest attempts, for the probes of a half-open breaker (L25).
 */
const CLAIM = `
with due as (
  select user_id, state, lease_token from link
   where system = $1 and state in ('pending', 'applying', 'waiting') and not_before <= now()
   order by case when $5 then attempt else 0 end, priority, not_before
   limit $2
   for update skip locked
)
update link l set state = 'applying', lease_token = $3::uuid, not_before = now() + $4 * interval '1 millisecond', updated_at = now()
  from due where l.system = $1 and l.user_id = due.user_id
returning ${CLAIMED}, due.state = 'applying' as "takenOver"`;

/** A living worker keeps its links: the lease is short, so that those of a dead one are due again soon (L22, L24). */
const RENEW = `
update link set not_before = greatest(not_before, now() + $3 * interval '1 millisecond')
where system = $1 and state = 'applying' and lease_token = any($2::uuid[])
returning user_id as "userId"`;

/** What is stored before the first write of an attempt. */
export interface Announcement {
  readonly link: ClaimedLink;
  readonly attempted: readonly object[];
  readonly accountKey: string;
  readonly accountId: string | null;
}

/**
 * The create-intent and every attempted picture, in one: after this statement a dead process leaves the knowledge that
 * something may be there. The lease is prolonged to the settle time, so that a successor does not look too early (L19).
 *
 * `state || ''` keeps the planner off the index of due rows: it would read all that wait instead of each row by its key.
 */
const ANNOUNCE = `
with a as (select * from jsonb_to_recordset($2::jsonb) as t(user_id uuid, token uuid, attempted jsonb, account_key text, account_id text) order by user_id)
update link l set attempted = a.attempted, account_key = a.account_key, account_id = coalesce(a.account_id, l.account_id), owned = true,
  settle_until = now() + $3 * interval '1 millisecond',
  not_before = greatest(l.not_before, now() + $3 * interval '1 millisecond')
from a where l.system = $1 and l.user_id = a.user_id and l.lease_token = a.token and l.state || '' = 'applying'
returning l.user_id as "userId"`;

export interface LinkStore {
  claim(limit: number, token: string, fewestAttempts: boolean): Promise<readonly ClaimedLink[]>;
  /** Prolongs the leases taken with these tokens, by `ms` where the usual time is too short; the user ids that are still ours. */
  renew(tokens: readonly string[], ms?: number): Promise<readonly string[]>;
  /** Who owns which of these keys. */
  ownersOfKeys(keys: readonly string[]): Promise<ReadonlyMap<string, Owner>>;
  ownerOf(account: { readonly key: string; readonly id: string | null }, except: string): Promise<Owner | undefined>;
  /** User ids whose lease still held. Rejects on a second owner of a key or an account id. */
  announce(announcements: readonly Announcement[]): Promise<ReadonlySet<string>>;
  /** Milliseconds until the next row is due; undefined when none is. */
  nextDueInMs(): Promise<number | undefined>;
  /** Makes rows due whose late verification has come (L24). */
  wakeVerifications(): Promise<number>;
  /** Makes up to `limit` settled rows due that were applied under other settings (L13). */
  wakeOtherSettings(settingsHash: string, limit: number): Promise<number>;
  /** Makes everything due that was only looked at in shadow mode (L28). */
  wakeShadowed(): Promise<number>;
  pending(): Promise<number>;
}

export interface LinkStoreOptions {
  readonly system: string;
  readonly leaseMs: number;
  readonly settleMs: number;
}

const AS_OWNER = `user_id as "userId", state, desired->>'presence' as presence, coalesce(settle_until > now(), false) as unsettled`;

const OWNER = `
select ${AS_OWNER} from link
 where system = $1 and owned and user_id <> $4::uuid and (account_key = $2 or account_id = $3) limit 1`;

/** Only such rows are looked at again: whoever is refused or held meanwhile has a turn of their own first. */
const SETTLED = `state in ('applied', 'unchanged', 'accepted')`;

/** One look into the index per priority, since it is ordered by priority first. */
const NEXT_DUE = `
select (extract(epoch from least(
  ${Object.values(PRIORITY).map((priority) => `(select min(not_before) from link where system = $1 and priority = ${priority} and state in ('pending', 'applying', 'waiting') and not_before < 'infinity')`).join(',\n  ')},
  (select min(verify_at) from link where system = $1 and verify_at is not null and ${SETTLED})) - now()) * 1000)::float8 as ms`;

const WAKE_VERIFY = `
update link set verify_at = null, redrives = redrives + 1, state = 'pending', attempt = 0, not_before = now(),
  attempted = case when attempted = '[]'::jsonb and last_applied is not null then jsonb_build_array(last_applied) else attempted end
where system = $1 and verify_at <= now() and ${SETTLED}`;

const WAKE_SETTINGS = `
update link set state = 'pending', priority = 9, attempt = 0, not_before = greatest(now(), settle_until)
where (system, user_id) in (
  select system, user_id from link where system = $1 and ${SETTLED} and erasure is null and applied_settings is distinct from $2
  order by user_id limit $3 for update skip locked)
returning user_id`;

/** The links of one system. */
export function linkStore(database: Database, options: LinkStoreOptions): LinkStore {
  const { system, leaseMs, settleMs } = options;
  const query = <Row extends object>(text: string, parameters: readonly unknown[] = []) => (database as Sql).query<Row>(text, [system, ...parameters]);
  return {
    claim: (limit, token, fewestAttempts) => query<ClaimedLink>(CLAIM, [limit, token, leaseMs, fewestAttempts]),

    renew: async (tokens, ms = leaseMs) => (await query<{ userId: string }>(RENEW, [tokens, ms])).map((row) => row.userId),

    async ownersOfKeys(keys) {
      const rows = await query<Owner & { key: string }>(`select account_key as key, ${AS_OWNER} from link where system = $1 and owned and account_key = any($2::text[])`, [keys]);
      return new Map(rows.map(({ key, ...owner }) => [key, owner]));
    },

    async ownerOf({ key, id }, except) {
      return (await query<Owner>(OWNER, [key, id, except]))[0];
    },

    async announce(announcements) {
      const rows = announcements.map(({ link, attempted, accountKey, accountId }) => ({
        user_id: link.userId,
        token: link.token,
        attempted,
        account_key: accountKey,
        account_id: accountId,
      }));
      const held = await query<{ userId: string }>(ANNOUNCE, [JSON.stringify(rows), settleMs]);
      return new Set(held.map((row) => row.userId));
    },

    async nextDueInMs() {
      const ms = (await query<{ ms: number | null }>(NEXT_DUE))[0]?.ms;
      return ms === null || ms === undefined ? undefined : Math.max(0, ms);
    },

    wakeVerifications: async () => (await query(`${WAKE_VERIFY} returning user_id`)).length,
    wakeOtherSettings: async (hash, limit) => (await query(WAKE_SETTINGS, [hash, limit])).length,
    wakeShadowed: async () =>
      (await query(`update link set not_before = now(), shadow_plan = null where system = $1 and state = 'pending' and shadow_plan is not null returning user_id`)).length,
    pending: async () =>
      (await query<{ n: number }>(`select count(*)::int as n from link where system = $1 and state in ('pending', 'applying') and not_before < 'infinity'`))[0]?.n ?? 0,
  };
}

/** The states a completion may leave behind. */
export type CompletedState = Exclude<DeliveryState, 'applying' | 'superseded'>;

export type { Failure };
