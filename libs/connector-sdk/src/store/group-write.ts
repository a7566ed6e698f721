import type { Database } from '@rolebridge/persistence';
import type { MemberChange } from '../decide/merge-members.ts';

/** One person's newest change of one group. */
export interface GroupDelta extends MemberChange {
  readonly userId: string;
  /** Tells this statement from a newer one about the same person. */
  readonly number: number;
  /** Of the link that waits for it. */
  readonly attempt: number;
  /** Done already; kept because a late write could undo it (L24). */
  readonly done: boolean;
}

/** Which groups have something to do, and who writes them. */
export interface GroupStore {
  /** Leases up to `limit` groups, those with the most urgent changes first. A group whose writer's lease ran out is in doubt from now on. */
  claim(limit: number, token: string): Promise<readonly string[]>;
  /** Prolongs leases; the groups that are still ours. */
  renew(tokens: readonly string[]): Promise<readonly string[]>;
  /** Up to `most` that are due, those with the fewest failures first, and all that are kept. */
  deltas(group: string, most: number): Promise<readonly GroupDelta[]>;
  /** Whether the time is over in which a write without a known end could arrive: what was done since then is looked at once more. */
  doubtIsOver(group: string): Promise<boolean>;
  /** Gives the group back. `healed`: what was done while in doubt was seen to be there after the doubt's end. */
  release(group: string, token: string, healed: boolean): Promise<void>;
}

export interface GroupStoreOptions {
  readonly system: string;
  readonly leaseMs: number;
  /** How late a write may still arrive whose end nobody knows. */
  readonly lateWriteMs: number;
}

const CLAIM = `
with due as (
  select group_key, min(priority) as priority, min(at) as at from group_write where system = $1 and done_at is null group by group_key
  union all
  select group_key, 9, doubt_until from group_lease where system = $1 and doubt_until <= now()
), free as (
  select d.group_key, min(d.priority) as priority, min(d.at) as at from due d
   where not exists (select from group_lease g where g.system = $1 and g.group_key = d.group_key and g.lease_until > now())
   group by d.group_key order by 2, 3 limit $2
)
insert into group_lease as g (system, group_key, token, lease_until)
select $1, group_key, $3::uuid, now() + $4 * interval '1 millisecond' from free order by group_key
on conflict (system, group_key) do update set token = excluded.token, lease_until = excluded.lease_until,
  doubt_until = case when g.token is not null then now() + $5 * interval '1 millisecond' else g.doubt_until end
where g.token is null or g.lease_until <= now()
returning group_key as "group"`;

const RENEW = `
update group_lease set lease_until = now() + $3 * interval '1 millisecond'
where system = $1 and token = any($2::uuid[]) returning group_key as "group"`;

const DELTAS = `
(select user_id as "userId", member, change, number, attempt, false as done from group_write
  where system = $1 and group_key = $2 and done_at is null order by attempt, number limit $3)
union all
select user_id, member, change, number, attempt, true from group_write where system = $1 and group_key = $2 and done_at is not null`;

const DOUBT_IS_OVER = 'select 1 from group_lease where system = $1 and group_key = $2 and doubt_until <= now()';

const GIVE_BACK = `
update group_lease set token = null, lease_until = null, doubt_until = case when $4 then null else doubt_until end
where system = $1 and group_key = $2 and token = $3::uuid returning doubt_until is null as sure`;

const FORGET_DONE = 'delete from group_write where system = $1 and group_key = $2 and done_at is not null';
const FORGET_LEASE = 'delete from group_lease where system = $1 and group_key = $2 and token is null and doubt_until is null';

export function groupStore(database: Database, { system, leaseMs, lateWriteMs }: GroupStoreOptions): GroupStore {
  const groups = (rows: readonly { group: string }[]) => rows.map(({ group }) => group);
  return {
    claim: async (limit, token) => groups(await database.query(CLAIM, [system, limit, token, leaseMs, lateWriteMs])),
    renew: async (tokens) => groups(await database.query(RENEW, [system, tokens, leaseMs])),
    deltas: (group, most) => database.query<GroupDelta>(DELTAS, [system, group, most]),
    doubtIsOver: async (group) => (await database.query(DOUBT_IS_OVER, [system, group])).length > 0,
    release: (group, token, healed) =>
      database.transaction(async (sql) => {
        const [given] = await sql.query<{ sure: boolean }>(GIVE_BACK, [system, group, token, healed]);
        if (!given?.sure) return;
        await sql.query(FORGET_DONE, [system, group]);
        await sql.query(FORGET_LEASE, [system, group]);
      }),
  };
}
