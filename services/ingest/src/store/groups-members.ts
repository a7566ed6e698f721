import type { UserGroup } from '@rolebridge/contracts';
import type { Sql } from '@rolebridge/persistence';
import type { MemberType } from '@rolebridge/scim';
import type { HeldMember, MemberDifference, NeededMembers } from '../decide/group-members.ts';
import { isUuid } from './users.store.ts';

/** What a member is called: by the name for display, else by the login. Members that are not there any more are not shown. */
export const SHOWN_MEMBERS = `
  select m.group_id as "groupId", m.member_id as value, m.kind as type, coalesce(u.resource->>'displayName', u.resource->>'userName', g.resource->>'displayName') as display
  from group_member m
  left join users u on m.kind = 'User' and u.id = m.member_id and u.presence in ('active', 'disabled')
  left join groups g on m.kind = 'Group' and g.id = m.member_id and g.presence = 'active'
  where (u.id is not null or g.id is not null)`;

interface ShownMember extends HeldMember {
  readonly groupId: string;
}

/** The members of these groups, by group. */
export async function membersOf(sql: Sql, groupIds: readonly string[]): Promise<ReadonlyMap<string, readonly HeldMember[]>> {
  if (groupIds.length === 0) return new Map();
  const rows = await sql.query<ShownMember>(`${SHOWN_MEMBERS} and m.group_id = any($1::uuid[]) order by m.group_id, m.member_id`, [groupIds]);
  return Map.groupBy(rows, ({ groupId }) => groupId);
}

/** The members that a change must know. */
export async function heldMembers(sql: Sql, groupId: string, needed: NeededMembers): Promise<readonly HeldMember[]> {
  if (needed === 'none') return [];
  if (needed === 'all') return (await membersOf(sql, [groupId])).get(groupId) ?? [];
  const ids = needed.filter(isUuid);
  return sql.query<ShownMember>(`${SHOWN_MEMBERS} and m.group_id = $1 and m.member_id = any($2::uuid[]) order by m.member_id`, [groupId, ids]);
}

const FIND_EXISTING = `
  select id::text, 'User' as kind from users where id = any($1::uuid[]) and presence in ('active', 'disabled')
  union all select id::text, 'Group' from groups where id = any($1::uuid[]) and presence = 'active'`;

/** What these ids belong to; ids of nobody are missing. */
export async function existing(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, MemberType>> {
  const rows = await sql.query<{ id: string; kind: MemberType }>(FIND_EXISTING, [ids.filter(isUuid)]);
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

const ADD = `
  insert into group_member (group_id, member_id, kind)
  select $1, member_id, kind from unnest($2::uuid[], $3::text[]) as t (member_id, kind) order by member_id
  on conflict do nothing`;

/** Writes a difference; the group is locked by this transaction. @param kinds what the added ids belong to */
export async function writeMembers(sql: Sql, groupId: string, { added, removed }: MemberDifference, kinds: ReadonlyMap<string, MemberType>): Promise<void> {
  if (removed.length > 0) await sql.query('delete from group_member where group_id = $1 and member_id = any($2::uuid[])', [groupId, removed]);
  if (added.length === 0) return;
  const values = added.map(({ value }) => value);
  await sql.query(ADD, [groupId, values, values.map((value) => kinds.get(value) ?? 'User')]);
}

/** A membership as it is shown on the user. */
export interface Membership {
  readonly groupId: string;
  readonly display: string;
  /** Whether the user is a member itself, not only through a group in the group. */
  readonly direct: boolean;
}

/** The groups above these users: directly, and through groups that are members of groups. */
const MEMBERSHIPS = `
  with recursive above (user_id, group_id, direct) as (
    select m.member_id, m.group_id, true from group_member m where m.member_id = any($1::uuid[])
    union
    select a.user_id, m.group_id, false from above a join group_member m on m.member_id = a.group_id
  )
  select a.user_id as "userId", g.id as "groupId", g.resource->>'displayName' as display, bool_or(a.direct) as direct
  from above a join groups g on g.id = a.group_id and g.presence = 'active'
  group by a.user_id, g.id order by a.user_id, g.id`;

/** The groups of these users as they are now, by user. */
export async function membershipsOf(sql: Sql, userIds: readonly string[]): Promise<ReadonlyMap<string, readonly Membership[]>> {
  if (userIds.length === 0) return new Map();
  const rows = await sql.query<Membership & { readonly userId: string }>(MEMBERSHIPS, [userIds]);
  return Map.groupBy(rows, ({ userId }) => userId);
}

/** As {@link membershipsOf}, as the user's state names them. */
export async function userGroupsOf(sql: Sql, userIds: readonly string[]): Promise<ReadonlyMap<string, readonly UserGroup[]>> {
  const memberships = await membershipsOf(sql, userIds);
  return new Map([...memberships].map(([userId, groups]) => [userId, groups.map(({ groupId, display }) => ({ id: groupId, name: display }))]));
}

const END = `
  with gone as (delete from group_member where group_id = $1 or member_id = $1 returning group_id)
  update groups set generation = generation + 1, modified_at = now()
  where id in (select id from groups where id in (select group_id from gone) and id <> $1 order by id for update skip locked)`;

/** Ends the membership in a group that is deleted, and its own in other groups, which have changed by it. */
export async function endMembership(sql: Sql, groupId: string): Promise<void> {
  await sql.query(END, [groupId]);
}
