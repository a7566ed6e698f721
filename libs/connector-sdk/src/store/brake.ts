import type { Cause, Failure } from '@rolebridge/contracts';
import { allowedFor, allowedLosses, type BrakeSettings, DEFAULT_BRAKE } from '@rolebridge/landscape';
import type { Database, Sql } from '@rolebridge/persistence';
import { contentOf } from '../decide/content.ts';
import type { Loss } from '../port.ts';
import { LOCK_BRAKE } from './brake-lock.ts';
import type { ClaimedLink } from './link-store.ts';

/** Limits of the brake (L26); what is left out is as in {@link DEFAULT_BRAKE}. */
export type BrakePolicy = Partial<BrakeSettings>;
export { DEFAULT_BRAKE };

/** A change that is about to be made. */
export type Braked = Pick<ClaimedLink, 'userId' | 'generation' | 'desired' | 'hold'>;

export interface Brake {
  /** Undefined = go; otherwise why the plan is held back. Counts people, not steps: who was counted in this window passes again. */
  hold(link: Braked, losses: readonly Loss[]): Promise<Failure | undefined>;
}

const RELEASED = 'select 1 from brake_release where system = $1 and user_id = $2::uuid and generation = $3';
const FORGET = `delete from brake_passage where system = $1 and at <= now() - $2 * interval '1 millisecond'`;
const COUNT = `select count(distinct user_id) filter (where user_id <> $2::uuid)::int as others,
  coalesce(bool_or(user_id = $2::uuid), false) as own from brake_passage where system = $1`;
const NOTE = 'insert into brake_passage (system, user_id, generation) values ($1, $2::uuid, $3) on conflict do nothing';

/** Active accounts, with those that were let go within the window: what is lost now must not make the limit smaller at once. */
const ACCOUNTS = `
select count(*)::int as n from link l where system = $1 and owned and (desired->>'presence' = 'active' or state not in ('applied', 'unchanged', 'accepted')
  or exists (select from brake_passage p where p.system = l.system and p.user_id = l.user_id))`;

const ACCOUNTS_AGE_MS = 10_000;

type Verdict = 'go' | 'too-many' | 'dropped';

/**
 * The brake of one system; its count is shared by all instances under the row lock of `target_state`. An explicit lock always
 * passes (L25). What was held once stays held while newer wishes still take something, until somebody decides.
 */
export function brakeOf(database: Database, system: string, policy: BrakePolicy = {}): Brake {
  const settings: BrakeSettings = { ...DEFAULT_BRAKE, ...policy };
  let accounts = { n: 0, at: -Infinity };

  async function allowed(sql: Sql, operation: string): Promise<number> {
    if (performance.now() - accounts.at > ACCOUNTS_AGE_MS) {
      const n = (await sql.query<{ n: number }>(ACCOUNTS, [system]))[0]?.n ?? 0;
      accounts = { n, at: performance.now() };
    }
    return allowedFor(operation, allowedLosses(accounts.n, settings));
  }

  async function judge(sql: Sql, link: Braked): Promise<Verdict> {
    await sql.query(LOCK_BRAKE, [system]);
    if ((await sql.query(RELEASED, [system, link.userId, link.generation])).length > 0) return 'go';
    return decidedBefore(link) ?? count(sql, link);
  }

  async function count(sql: Sql, { userId, generation, desired }: Braked): Promise<Verdict> {
    await sql.query(FORGET, [system, settings.windowMs]);
    const [counted = { others: 0, own: false }] = await sql.query<{ others: number; own: boolean }>(COUNT, [system, userId]);
    if (!counted.own && counted.others >= (await allowed(sql, desired.cause.operation))) return 'too-many';
    await sql.query(NOTE, [system, userId, generation]);
    return 'go';
  }

  return {
    async hold(link, losses) {
      if (!settings.enabled || losses.length === 0 || mayPass(link.desired.cause, settings)) return undefined;
      const verdict = await database.transaction((sql) => judge(sql, link));
      return verdict === 'go' ? undefined : failureOf(verdict, system, settings);
    },
  };
}

/** An explicit lock (L25), and what as many operators as are asked for here have let through at the brake over all systems. */
function mayPass({ operation, locked, releases = 0 }: Cause, { approvals }: BrakeSettings): boolean {
  return operation === 'lock' || locked === true || releases >= approvals;
}

/** What was held or dropped stays so, until somebody decides or another content is wished. */
function decidedBefore({ hold, desired }: Braked): Verdict | undefined {
  if (hold?.dropped === undefined) return hold ? 'too-many' : undefined;
  return hold.dropped.content === contentOf(desired) ? 'dropped' : undefined;
}

function failureOf(verdict: Exclude<Verdict, 'go'>, system: string, { windowMs }: BrakeSettings): Failure {
  if (verdict === 'dropped') return DROPPED;
  const minutes = Math.max(1, Math.round(windowMs / 60_000));
  return {
    kind: 'waiting',
    code: 'brake',
    message: `More people would lose access at ${system} within ${minutes} minutes than the brake lets through.`,
    waitingFor: 'approval by an operator',
  };
}

/** Of a change that an operator decided against. */
export const DROPPED: Failure = {
  kind: 'waiting',
  code: 'brake-dropped',
  message: 'An operator decided that this change shall not happen; it rests until something else is wished.',
  waitingFor: 'another wish, or a release',
};
