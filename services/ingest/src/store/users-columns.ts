import type { UserModel } from '@rolebridge/scim';
import type { ScimColumns, SqlValue } from './scim-condition.ts';
import { resourceColumns } from './scim-resource-columns.ts';

/** The attributes of users in SQL, table alias `u`. @param base a parameter with the address of the interface */
export function userColumns(model: UserModel, base: () => string): ScimColumns {
  return resourceColumns({
    alias: 'u',
    model,
    resourceType: 'User',
    collection: '/Users',
    base,
    own: {
      username: { sql: 'u.user_name_key', as: 'folded', column: 'required' },
      active: { sql: `(case when u.presence = 'active' then 'true' else 'false' end)`, as: 'flag' },
      externalid: { sql: 'u.external_id', as: 'text', column: 'optional' },
    },
    lists: { groups: groupsOf(base) },
    shortcut: membersOfGroup,
  });
}

/** The groups of a user: directly, and through groups that are members of groups. */
const GROUPS_ABOVE = `
  with recursive above (group_id, direct) as (
    select m.group_id, true from group_member m where m.member_id = u.id
    union select m.group_id, false from above a join group_member m on m.member_id = a.group_id
  )
  select g.id::text as value, g.resource->>'displayName' as display, case when bool_or(a.direct) then 'direct' else 'indirect' end as type
  from above a join groups g on g.id = a.group_id and g.presence = 'active' group by g.id`;

function groupsOf(base: () => string): ScimColumns['list'] {
  return (_, item) => ({
    from: `(${GROUPS_ABOVE}) ${item}`,
    member: (name): SqlValue => ({ sql: name === '$ref' ? `(${base()} || '/Groups/' || ${item}.value)` : `${item}.${columnOf(name)}`, as: 'text', column: 'required' }),
  });
}

function columnOf(name: string): 'value' | 'display' | 'type' {
  return name === 'display' || name === 'type' ? name : 'value';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `groups.value eq "…"` means the members of one group, and of the groups in it. */
const membersOfGroup: NonNullable<ScimColumns['shortcut']> = ({ attribute, sub, urn }, question, parameters) => {
  const asksOne = urn === undefined && attribute.name === 'groups' && sub?.name === 'value' && question.op === 'eq';
  if (!asksOne || typeof question.value !== 'string') return undefined;
  const wanted = question.value.toLowerCase();
  if (!UUID.test(wanted)) return 'false';
  return `u.id in (
    with recursive below (group_id) as (
      select id from groups where id = ${parameters.add(wanted, 'uuid')} and presence = 'active'
      union select m.member_id from below b join group_member m on m.group_id = b.group_id and m.kind = 'Group'
    ) select m.member_id from below b join group_member m on m.group_id = b.group_id and m.kind = 'User')`;
};
