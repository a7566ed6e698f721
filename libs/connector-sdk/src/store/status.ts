import { DELIVERY_STATES, type DeliveryState, type LinkStatus } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';

/** What operators ask about a system, from its links. */
export interface LinkCounts {
  readonly states: Readonly<Record<DeliveryState, number>>;
  readonly oldestPendingSeconds: number | null;
  readonly lastSuccessAt: string | null;
}

interface CountRow {
  readonly state: DeliveryState;
  readonly n: number;
  readonly oldest: number | null;
  readonly last: Date | null;
}

const COUNTS = `
select state, count(*)::int as n,
  max(extract(epoch from now() - coalesce(first_failure_at, updated_at))) filter (where state in ('pending', 'applying', 'waiting'))::float8 as oldest,
  max(last_success_at) as last
from link where system = $1 group by state`;

export async function countLinks(sql: Sql, system: string): Promise<LinkCounts> {
  const rows = await sql.query<CountRow>(COUNTS, [system]);
  const count = (state: DeliveryState) => rows.find((row) => row.state === state)?.n ?? 0;
  const oldest = rows.flatMap((row) => row.oldest ?? []);
  const last = rows.flatMap((row) => row.last ?? []).map((date) => date.getTime());
  return {
    states: Object.fromEntries(DELIVERY_STATES.map((state) => [state, count(state)])) as Record<DeliveryState, number>, // fromEntries forgets the keys
    oldestPendingSeconds: oldest.length > 0 ? Math.max(...oldest) : null,
    lastSuccessAt: last.length > 0 ? new Date(Math.max(...last)).toISOString() : null,
  };
}

interface LinkRow {
  readonly state: DeliveryState;
  readonly wishedGeneration: number;
  readonly appliedGeneration: number | null;
  readonly userGeneration: number;
  readonly desired: { readonly presence: LinkStatus['presence']; readonly entitlements: LinkStatus['entitlements'] };
  readonly accountId: string | null;
  readonly accountKey: string | null;
  readonly attempt: number;
  readonly nextAttemptAt: Date | null;
  readonly failure: LinkStatus['failure'] | null;
  readonly updatedAt: Date;
}

const LINK = `
select state, newest_seen as "wishedGeneration", applied as "appliedGeneration", user_generation as "userGeneration", desired,
  account_id as "accountId", account_key as "accountKey", attempt, failure, updated_at as "updatedAt",
  case when state in ('pending', 'waiting') and not_before < 'infinity' then not_before end as "nextAttemptAt"
from link where system = $1 and user_id = $2::uuid`;

export async function readLink(sql: Sql, system: string, userId: string, confirmable: boolean): Promise<LinkStatus | undefined> {
  const [row] = await sql.query<LinkRow>(LINK, [system, userId]);
  if (!row) return undefined;
  const { desired, accountId, accountKey, failure, nextAttemptAt, updatedAt, ...rest } = row;
  return {
    ...rest,
    system,
    confirmable,
    presence: desired.presence,
    entitlements: desired.entitlements,
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    updatedAt: updatedAt.toISOString(),
    ...(accountId === null ? {} : { accountId }),
    ...(accountKey === null ? {} : { accountKey }),
    ...(failure === null || failure === undefined ? {} : { failure }),
  };
}
