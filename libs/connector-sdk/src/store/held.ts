import type { BrakePlace, Cause, HeldChange } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { BrakeSettings } from '@rolebridge/landscape';
import type { Loss } from '../port.ts';
import { LOCK_BRAKE } from './brake-lock.ts';

/** What a link knows about having been held. */
export interface Hold {
  /** ISO 8601. */
  readonly since: string;
  readonly losses: readonly Loss[];
  /** `content`: of the wish that shall not happen. */
  readonly dropped?: { readonly by: string; readonly reason: string; readonly content: string };
}

export interface HeldLink {
  readonly userId: string;
  readonly generation: number;
  readonly losses: readonly Loss[];
  /** It rests because an operator dropped it, not because the brake is full. */
  readonly dropped: boolean;
}

const NOTE = `
update link l set hold_number = nextval('hold_number'),
  hold = case when t.dropped then l.hold else coalesce(l.hold, '{}') - 'dropped' || jsonb_build_object('since', coalesce(l.hold->>'since', $3), 'losses', t.losses) end
from jsonb_to_recordset($2::jsonb) as t(user_id uuid, generation bigint, losses jsonb, dropped boolean)
where l.system = $1 and l.user_id = t.user_id and l.newest_seen = t.generation and l.state || '' = 'held'`;

/** Notes, in the transaction that stores their state, what would be lost and numbers what is held: under the lock, so numbers are seen in order. */
export async function noteHeld(sql: Sql, system: string, links: readonly HeldLink[]): Promise<void> {
  if (links.length === 0) return;
  await sql.query(LOCK_BRAKE, [system]);
  const rows = links.map(({ userId, generation, losses, dropped }) => ({ user_id: userId, generation, losses: [...new Set(losses)], dropped }));
  await sql.query(NOTE, [system, JSON.stringify(rows), new Date().toISOString()]);
}

const COUNT = `
select system, count(*) filter (where not coalesce(hold, '{}') ? 'dropped')::int as held, count(*) filter (where hold ? 'dropped')::int as dropped
from link where system = any($1::text[]) and state = 'held' group by system`;

export interface HeldCount {
  readonly system: string;
  readonly held: number;
  readonly dropped: number;
}

export async function countHeld(sql: Sql, systems: readonly string[]): Promise<readonly HeldCount[]> {
  const rows = await sql.query<HeldCount>(COUNT, [systems]);
  return systems.map((system) => rows.find((row) => row.system === system) ?? { system, held: 0, dropped: 0 });
}

const LIST = `
select l.user_id as "userId", l.newest_seen as generation, coalesce(l.hold_number, 0) as number, l.desired->'cause' as cause, l.hold,
  coalesce(l.hold->>'since', to_char(l.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as since,
  array(select a.by from brake_approval a where a.system = l.system and a.user_id = l.user_id and a.generation = l.newest_seen order by a.at) as "approvedBy"
from link l where l.system = $1 and l.state = 'held' and ($3 or not coalesce(l.hold, '{}') ? 'dropped')
order by l.hold_number nulls first limit $2`;

interface HeldRow {
  readonly userId: string;
  readonly generation: number;
  readonly number: number;
  readonly cause: Cause;
  readonly hold: Hold | null;
  readonly since: string;
  readonly approvedBy: readonly string[];
}

/** What is held at one system, oldest number first. */
export async function listHeld(sql: Sql, system: string, { limit, dropped }: { readonly limit: number; readonly dropped: boolean }): Promise<readonly HeldChange[]> {
  const rows = await sql.query<HeldRow>(LIST, [system, limit, dropped]);
  return rows.map(({ hold, ...rest }) => ({
    ...rest,
    place: system,
    losses: (hold?.losses ?? []).map((loss) => ({ system, loss })),
    ...(hold?.dropped ? { droppedBy: hold.dropped.by } : {}),
  }));
}

/** One system's brake as it is shown. */
export function placeOf({ system, held, dropped }: HeldCount, changes: readonly HeldChange[], settings: BrakeSettings): BrakePlace {
  const numbers = changes.filter((change) => change.place === system && change.droppedBy === undefined).map(({ number }) => number);
  return { place: system, held, dropped, listing: numbers.length > 0 ? Math.max(...numbers) : null, ...settings };
}
