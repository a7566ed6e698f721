import type { Failure } from '@rolebridge/contracts';
import type { Database, Sql } from '@rolebridge/persistence';
import type { Loss } from '../port.ts';
import type { ClaimedLink } from './link-store.ts';

/** Limits of the brake (L26). */
export interface BrakePolicy {
  /** Losses are counted over this time, milliseconds. */
  readonly windowMs: number;
  /** Share of the system's owned accounts, from {@link fromAccounts} on. */
  readonly share: number;
  readonly fromAccounts: number;
  /** Number of people below that. */
  readonly count: number;
}

export const DEFAULT_BRAKE: BrakePolicy = { windowMs: 600_000, share: 0.05, fromAccounts: 100, count: 10 };

export interface Brake {
  /** Undefined = go; otherwise why the plan is held back. Counts people, not steps: who was counted in this window passes again. */
  hold(link: Pick<ClaimedLink, 'userId' | 'generation' | 'desired'>, losses: readonly Loss[]): Promise<Failure | undefined>;
}

/** How many people may lose something within one window at a system with that many accounts. */
export function allowedLosses(accounts: number, policy: BrakePolicy): number {
  return accounts >= policy.fromAccounts ? Math.max(policy.count, Math.floor(accounts * policy.share)) : policy.count;
}

const RELEASED = 'select 1 from brake_release where system = $1 and user_id = $2::uuid and generation = $3';
const FORGET = `delete from brake_passage where system = $1 and at <= now() - $2 * interval '1 millisecond'`;
const COUNT = `select count(distinct user_id) filter (where user_id <> $2::uuid)::int as others,
  coalesce(bool_or(user_id = $2::uuid), false) as own from brake_passage where system = $1`;
const NOTE = 'insert into brake_passage (system, user_id, generation) values ($1, $2::uuid, $3) on conflict do nothing';

const ACCOUNTS_AGE_MS = 10_000;

/** The brake of one system; its count is shared by all instances under the row lock of `target_state`. An explicit lock always passes (L25). */
export function brakeOf(database: Database, system: string, policy: BrakePolicy = DEFAULT_BRAKE): Brake {
  let accounts = { n: 0, at: -Infinity };

  async function allowed(sql: Sql): Promise<number> {
    if (performance.now() - accounts.at > ACCOUNTS_AGE_MS) {
      const n = (await sql.query<{ n: number }>('select count(*)::int as n from link where system = $1 and owned', [system]))[0]?.n ?? 0;
      accounts = { n, at: performance.now() };
    }
    return allowedLosses(accounts.n, policy);
  }

  async function passes(sql: Sql, userId: string, generation: number): Promise<boolean> {
    await sql.query('select 1 from target_state where system = $1 for update', [system]);
    if ((await sql.query(RELEASED, [system, userId, generation])).length > 0) return true;
    await sql.query(FORGET, [system, policy.windowMs]);
    const [count] = await sql.query<{ others: number; own: boolean }>(COUNT, [system, userId]);
    if (!count?.own && (count?.others ?? 0) >= (await allowed(sql))) return false;
    await sql.query(NOTE, [system, userId, generation]);
    return true;
  }

  return {
    async hold({ userId, generation, desired }, losses) {
      if (losses.length === 0 || desired.cause.operation === 'lock') return undefined;
      if (await database.transaction((sql) => passes(sql, userId, generation))) return undefined;
      const minutes = Math.round(policy.windowMs / 60_000);
      return {
        kind: 'waiting',
        code: 'brake',
        message: `More people would lose access at ${system} within ${minutes} minutes than the brake lets through.`,
        waitingFor: 'approval by an operator',
      };
    },
  };
}
