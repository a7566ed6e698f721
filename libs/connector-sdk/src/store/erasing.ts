import { connectorConsumer, type OpenErasures, topicName } from '@rolebridge/contracts';
import { type Database, recordOrder, type Sql } from '@rolebridge/persistence';
import { forgetObserved, type ForgottenAccount } from './forget-observed.ts';

const SETTLED = `l.state in ('applied', 'unchanged', 'accepted') and l.applied = l.newest_seen`;

/** The last wish of an erased person is `absent`. What the account can be ended with stays until it is; of what it held only the kinds are needed. */
const UPSERT = `
insert into link as l (system, user_id, newest_seen, user_generation, desired, origin, priority, state, not_before, applied, erasure, erasing_since)
select $1, t.user_id, t.generation, t.user_generation, t.desired, t.origin, 0, 'unchanged', now(), t.generation, 'erased', now()
  from jsonb_to_recordset($2::jsonb) as t(user_id uuid, generation bigint, user_generation bigint, desired jsonb, origin jsonb)
 order by t.user_id
on conflict (system, user_id) do update set
  newest_seen = excluded.newest_seen,
  user_generation = greatest(l.user_generation, excluded.user_generation),
  desired = case when l.erasure in ('erased', 'given-up') then excluded.desired else l.desired || (excluded.desired - 'attributes') || jsonb_build_object('entitlements', (
    select coalesce(jsonb_object_agg(type, jsonb_build_object('complete', list->'complete', 'items', '[]'::jsonb)), '{}') from jsonb_each(l.desired->'entitlements') as e(type, list))) end,
  origin = excluded.origin,
  erasure = coalesce(l.erasure, 'erasing'),
  erasing_since = coalesce(l.erasing_since, now()),
  applied = case when l.desired->>'presence' = 'absent' and ${SETTLED} then excluded.newest_seen else l.applied end,
  priority = 0,
  state = case when l.desired->>'presence' = 'absent' and ${SETTLED} then l.state when l.state = 'applying' then 'applying' else 'pending' end,
  attempt = case when l.state in ('pending', 'applying') then l.attempt else 0 end,
  not_before = case when l.state in ('pending', 'applying') then case when l.shadow_plan is null then l.not_before else now() end
                    else greatest(now(), l.settle_until) end,
  failure = case when l.state in ('pending', 'applying') then l.failure end,
  first_failure_at = case when l.state in ('pending', 'applying') then l.first_failure_at end,
  waiting_since = null,
  waiting_on = null,
  shadow_plan = null,
  updated_at = now()
where excluded.newest_seen > l.newest_seen
returning user_id`;

/** Stores last wishes of erased people: rows as the inbox makes them. How many were news. */
export async function storeErasures(sql: Sql, system: string, rows: readonly object[]): Promise<number> {
  return rows.length === 0 ? 0 : (await sql.query(UPSERT, [system, JSON.stringify(rows)])).length;
}

/** Nothing of ours is left at the target, or ever was; and nothing that is still on its way could change that. */
const ENDED = `not l.owned and l.verify_at is null and (l.settle_until is null or l.settle_until <= now())
  and (${SETTLED} or (l.applied is null and l.attempted = '[]'::jsonb and l.account_id is null and l.state not in ('applying', 'held')))
  and not exists (select from group_write w where w.system = l.system and w.user_id = l.user_id)
  and not exists (select from group_wait w where w.system = l.system and w.user_id = l.user_id)`;

const scrub = (which: string, becomes: 'erased' | 'given-up'): string => `
with due as (${which})
update link l set erasure = '${becomes}', state = 'unchanged', applied = l.newest_seen, owned = false,
  desired = l.desired || jsonb_build_object('attributes', jsonb_build_object('userName', l.user_id), 'entitlements', '{}'::jsonb),
  last_applied = null, attempted = '[]', applied_settings = null, account_key = null, account_id = null, attempt = 0, lease_token = null,
  failure = null, first_failure_at = null, waiting_since = null, waiting_on = null, settle_until = null, verify_at = null, shadow_plan = null,
  hold = null, hold_number = null, updated_at = now()
from due where l.system = due.system and l.user_id = due.user_id
returning l.system, l.user_id as "userId", due.account_id as "accountId"`;

const SCRUB_ENDED = scrub(`select l.system, l.user_id, l.account_id from link l where l.erasure = 'erasing' and l.system = $1 and ${ENDED} order by l.erasing_since limit $2 for update skip locked`, 'erased');
const SCRUB_GIVEN_UP = scrub(`select l.system, l.user_id, l.account_id from link l where l.system = $1 and l.user_id = $2::uuid`, 'given-up');

const BESIDE = [
  'delete from dead_letter where system = $1 and user_id = any($2::uuid[]) and $3::text is not null',
  'delete from outbox_aside where topic = $3 and key = any($2::uuid[]::text[]) and $1::text is not null',
  'delete from group_write where system = $1 and user_id = any($2::uuid[]) and $3::text is not null',
  'delete from learned_id where user_id = any($2::uuid[]) and $1::text is not null and $3::text is not null',
];

export interface ErasureOptions {
  readonly database: Database;
  readonly system: string;
  readonly topicPrefix: string;
  /** From the last record of an account to its second tombstone, milliseconds; longer than a segment of the topic stays open. */
  readonly tombstoneAfterMs: number;
}

interface Scrubbed {
  readonly userId: string;
  readonly accountId: string | null;
}

async function scrubBeside(sql: Sql, scrubbed: readonly Scrubbed[], options: ErasureOptions): Promise<void> {
  const { system, topicPrefix } = options;
  const letters = topicName('deadLetter', { consumer: connectorConsumer(system) }, topicPrefix);
  for (const statement of BESIDE) await sql.query(statement, [system, scrubbed.map(({ userId }) => userId), letters]);
  const accounts = scrubbed.flatMap(({ userId, accountId }): readonly ForgottenAccount[] => (accountId === null ? [] : [{ userId, accountId }]));
  await forgetObserved(sql, accounts, options);
}

const CHUNK = 500;

/** Erases the next people whose account has ended; how many. */
export function eraseEnded(options: ErasureOptions): Promise<number> {
  return options.database.transaction(async (sql) => {
    const scrubbed = await sql.query<Scrubbed>(SCRUB_ENDED, [options.system, CHUNK]);
    if (scrubbed.length > 0) await scrubBeside(sql, scrubbed, options);
    return scrubbed.length;
  });
}

export interface GivingUp {
  readonly userId: string;
  /** From the credential (L29). */
  readonly by: string;
  readonly reason: string;
}

/** Why an account cannot be given up: `wanted` – its person is not erased. */
export type NotGivenUp = 'unknown' | 'wanted' | 'erased' | 'applying';

const FIND = 'select erasure, state from link where system = $1 and user_id = $2::uuid for update';
const WAKE_WAITING = `update link set state = 'pending', not_before = now(), waiting_on = null where system = $1 and waiting_on = $2::uuid and state || '' = 'waiting'`;

/** Erases what is known of an account that cannot be ended; it stays at its target. Whoever waits for it goes on. */
export function giveUp(options: ErasureOptions, { userId, by, reason }: GivingUp): Promise<'given-up' | NotGivenUp> {
  const { database, system } = options;
  return database.transaction(async (sql) => {
    const [link] = await sql.query<{ erasure: string | null; state: string }>(FIND, [system, userId]);
    if (!link) return 'unknown';
    if (link.erasure === null) return 'wanted';
    if (link.erasure !== 'erasing') return 'erased';
    if (link.state === 'applying') return 'applying';
    await scrubBeside(sql, await sql.query<Scrubbed>(SCRUB_GIVEN_UP, [system, userId]), options);
    await sql.query(WAKE_WAITING, [system, userId]);
    await recordOrder(sql, { order: 'accept-erasure', operator: by, reason, system, affected: 1, subjects: [`${system}/${userId}`] });
    return 'given-up';
  });
}

const OPEN = `
select system as place, user_id as "userId", erasing_since as since, state, failure, count(*) over () as total
from link where erasure = 'erasing' and system = any($1::text[]) order by erasing_since limit $2`;

type OpenRow = Omit<OpenErasures['erasures'][number], 'since' | 'failure'> & { readonly since: Date; readonly failure: OpenErasures['erasures'][number]['failure'] | null; readonly total: number };

/** Accounts of erased people that have not ended, oldest first. */
export async function openErasures(sql: Sql, systems: readonly string[], limit: number): Promise<OpenErasures> {
  const rows = await sql.query<OpenRow>(OPEN, [systems, limit]);
  return {
    total: rows[0]?.total ?? 0,
    erasures: rows.map(({ place, userId, since, state, failure }) => ({ place, userId, since: since.toISOString(), state, ...(failure ? { failure } : {}) })),
  };
}

export interface ErasureCount {
  readonly system: string;
  readonly open: number;
  readonly oldestSeconds: number;
}

const COUNT = `
select s.system, count(l.user_id)::int as open, coalesce(extract(epoch from now() - min(l.erasing_since)), 0)::float8 as "oldestSeconds"
from unnest($1::text[]) as s(system) left join link l on l.system = s.system and l.erasure = 'erasing' group by s.system`;

export function countErasures(sql: Sql, systems: readonly string[]): Promise<readonly ErasureCount[]> {
  return sql.query<ErasureCount>(COUNT, [systems]);
}
