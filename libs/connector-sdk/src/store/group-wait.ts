import type { Failure } from '@rolebridge/contracts';
import type { Database, Sql } from '@rolebridge/persistence';
import type { Membership } from '../groups.ts';
import type { GroupDelta } from './group-write.ts';
import { CLAIMED, type ClaimedLink } from './link-store.ts';

/** An attempt whose steps are done and whose memberships are still to be written. */
export interface Parking {
  readonly link: ClaimedLink;
  readonly accountId: string;
  readonly memberships: readonly Membership[];
  /** What was done, and what its memberships will be called. */
  readonly steps: readonly string[];
  readonly priority: number;
}

/** How one change of a group ended. */
export interface DeltaResult {
  readonly delta: GroupDelta;
  /** Missing: it is there. */
  readonly failure?: Failure;
}

/** An attempt whose last membership was written, or refused. */
export interface Returned {
  readonly link: ClaimedLink;
  readonly steps: readonly string[];
  readonly failure: Failure | null;
}

export interface GroupWaits {
  /** Stores the changes with the attempt; user ids whose lease still held. */
  park(parkings: readonly Parking[]): Promise<ReadonlySet<string>>;
  /** Notes what one write has done, and hands out the attempts that wait for nothing else. `doubt`: a write without a known end is under way. */
  finish(group: string, results: readonly DeltaResult[], doubt: boolean): Promise<readonly Returned[]>;
  /** Lets those go on at once for whom a newer wish has come; how many. */
  letGo(): Promise<number>;
  /** Keeps those that wait from being taken for the work of a dead worker. */
  prolong(): Promise<void>;
}

export interface GroupWaitOptions {
  readonly system: string;
  /** How long a link waits for its groups before it is attempted again. */
  readonly parkMs: number;
  /** How late a write may still arrive whose end nobody knows. */
  readonly lateWriteMs: number;
}

/** `state || ''` keeps the planner off the index of due rows, as in the completion. */
const PARK = `
with p as (select * from jsonb_to_recordset($2::jsonb) as t(user_id uuid, token uuid, account_id text) order by user_id)
update link l set account_id = p.account_id, not_before = now() + $3 * interval '1 millisecond', updated_at = now()
from p where l.system = $1 and l.user_id = p.user_id and l.lease_token = p.token and l.state || '' = 'applying'
returning l.user_id as "userId"`;

const WAIT = `
insert into group_wait (system, user_id, token, generation, steps, taken_over)
select $1, user_id, token, generation, array(select jsonb_array_elements_text(steps)), taken_over
from jsonb_to_recordset($2::jsonb) as t(user_id uuid, token uuid, generation bigint, steps jsonb, taken_over boolean) order by user_id
on conflict (system, user_id) do update set token = excluded.token, generation = excluded.generation, steps = excluded.steps,
  taken_over = excluded.taken_over, failure = null`;

/** Newest wins; who asks for the same again keeps the place in the queue. */
const WRITE = `
insert into group_write as w (system, group_key, user_id, member, change, token, attempt, priority, number)
select $1, group_key, user_id, member, change, token, attempt, priority, nextval('group_write_number')
from jsonb_to_recordset($2::jsonb) as t(group_key text, user_id uuid, member text, change text, token uuid, attempt int, priority smallint)
order by group_key, user_id
on conflict (system, group_key, user_id) do update set member = excluded.member, change = excluded.change, token = excluded.token,
  attempt = excluded.attempt, priority = excluded.priority, number = excluded.number, done_at = null,
  at = case when w.done_at is null and w.change = excluded.change then w.at else now() end`;

/** Locked first: two writers that finish one person's groups at the same moment must see each other's work. */
const LOCK = 'select 1 from group_wait where system = $1 and user_id = any($2::uuid[]) order by user_id for update';

const DONE = `
with r as (select * from jsonb_to_recordset($3::jsonb) as t(user_id uuid, number bigint) order by user_id)
update group_write w set done_at = coalesce(w.done_at, now()) from r
where w.system = $1 and w.group_key = $2 and w.user_id = r.user_id and w.number = r.number`;

const FAILED = `
with r as (select * from jsonb_to_recordset($3::jsonb) as t(user_id uuid, number bigint, failure jsonb) order by user_id), gone as (
  delete from group_write w using r where w.system = $1 and w.group_key = $2 and w.user_id = r.user_id and w.number = r.number
  returning w.user_id, w.token, r.failure)
update group_wait w set failure = coalesce(w.failure, gone.failure) from gone
where w.system = $1 and w.user_id = gone.user_id and w.token = gone.token`;

const DOUBT = `update group_lease set doubt_until = now() + $3 * interval '1 millisecond' where system = $1 and group_key = $2`;

/** Whoever has a newer wish is let go instead. */
const RETURN = `
with w as (
  delete from group_wait w using link l where w.system = $1 and w.user_id = any($2::uuid[])
    and l.system = $1 and l.user_id = w.user_id and l.lease_token = w.token and l.newest_seen = w.generation and l.state || '' = 'applying'
    and not exists (select from group_write g where g.system = $1 and g.user_id = w.user_id and g.token = w.token and g.done_at is null)
  returning w.user_id, w.steps, w.taken_over, w.failure)
select ${CLAIMED}, w.taken_over as "takenOver", w.steps as "waitedSteps", w.failure as "waitedFailure"
from w join link l on l.system = $1 and l.user_id = w.user_id`;

const LET_GO = `
with w as (
  delete from group_wait w using link l where w.system = $1 and l.system = $1 and l.user_id = w.user_id
    and (l.newest_seen > w.generation or l.lease_token is distinct from w.token) returning w.user_id, w.token)
update link l set state = 'pending', attempt = 0, failure = null, first_failure_at = null, not_before = now(), lease_token = null, updated_at = now()
from w where l.system = $1 and l.user_id = w.user_id and l.lease_token = w.token and l.state || '' = 'applying'
returning l.user_id`;

const PROLONG = `
update link l set not_before = now() + $2 * interval '1 millisecond' from group_wait w
where w.system = $1 and l.system = $1 and l.user_id = w.user_id and l.lease_token = w.token and l.state || '' = 'applying'
  and l.not_before < now() + $2 * interval '0.5 milliseconds'`;

type ReturnedRow = ClaimedLink & { readonly waitedSteps: readonly string[]; readonly waitedFailure: Failure | null };

export function groupWaits(database: Database, { system, parkMs, lateWriteMs }: GroupWaitOptions): GroupWaits {
  return {
    park: (parkings) => database.transaction((sql) => park(sql, { system, parkMs }, parkings)),

    finish: (group, results, doubt) =>
      database.transaction(async (sql) => {
        const users = [...new Set(results.map(({ delta }) => delta.userId))];
        await sql.query(LOCK, [system, users]);
        if (doubt) await sql.query(DOUBT, [system, group, lateWriteMs]);
        await sql.query(DONE, [system, group, JSON.stringify(results.filter(({ failure }) => failure === undefined).map(toRow))]);
        await sql.query(FAILED, [system, group, JSON.stringify(results.filter(({ failure }) => failure !== undefined).map(toRow))]);
        const rows = await sql.query<ReturnedRow>(RETURN, [system, users]);
        return rows.map(({ waitedSteps, waitedFailure, ...link }) => ({ link, steps: waitedSteps, failure: waitedFailure }));
      }),

    letGo: async () => (await database.query(LET_GO, [system])).length,
    prolong: async () => void (await database.query(PROLONG, [system, parkMs])),
  };
}

function toRow({ delta, failure }: DeltaResult): object {
  return { user_id: delta.userId, number: delta.number, failure: failure ?? null };
}

async function park(sql: Sql, { system, parkMs }: Pick<GroupWaitOptions, 'system' | 'parkMs'>, parkings: readonly Parking[]): Promise<ReadonlySet<string>> {
  const links = parkings.map(({ link, accountId }) => ({ user_id: link.userId, token: link.token, account_id: accountId }));
  const held = new Set((await sql.query<{ userId: string }>(PARK, [system, JSON.stringify(links), parkMs])).map(({ userId }) => userId));
  const parked = parkings.filter(({ link }) => held.has(link.userId));
  await sql.query(WAIT, [system, JSON.stringify(parked.map(waitRow))]);
  await sql.query(WRITE, [system, JSON.stringify(parked.flatMap(writeRows))]);
  return held;
}

function waitRow({ link, steps }: Parking): object {
  return { user_id: link.userId, token: link.token, generation: link.generation, steps, taken_over: link.takenOver };
}

function writeRows({ link, accountId, memberships, priority }: Parking): readonly object[] {
  return memberships.map(({ group, change }) => ({ group_key: group, user_id: link.userId, member: accountId, change, token: link.token, attempt: link.attempt, priority }));
}
