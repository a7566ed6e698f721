import type { ResourceModel } from '@rolebridge/scim';
import { SHOWN_MEMBERS } from './groups-members.ts';
import type { ScimColumns, SqlValue } from './scim-condition.ts';
import { resourceColumns } from './scim-resource-columns.ts';

/** The attributes of groups in SQL, table alias `gr`. @param base a parameter with the address of the interface */
export function groupColumns(model: ResourceModel, base: () => string): ScimColumns {
  return resourceColumns({
    alias: 'gr',
    model,
    resourceType: 'Group',
    collection: '/Groups',
    base,
    own: {
      displayname: { sql: `scim_fold(gr.resource->>'displayName')`, as: 'folded', column: 'required' },
      externalid: { sql: 'gr.external_id', as: 'text', column: 'optional' },
    },
    lists: { members: membersOf(base) },
    shortcut: groupsOfMember,
  });
}

function membersOf(base: () => string): ScimColumns['list'] {
  return (_, item) => ({
    from: `(select s.value::text as value, s.type, s.display from (${SHOWN_MEMBERS}) s where s."groupId" = gr.id) ${item}`,
    member: (name): SqlValue => ({ sql: name === '$ref' ? `(${base()} || '/' || ${item}.type || 's/' || ${item}.value)` : `${item}.${columnOf(name)}`, as: 'text', column: 'required' }),
  });
}

function columnOf(name: string): 'value' | 'display' | 'type' {
  return name === 'display' || name === 'type' ? name : 'value';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `members.value eq "…"` means the groups of one member. */
const groupsOfMember: NonNullable<ScimColumns['shortcut']> = ({ attribute, sub }, question, parameters) => {
  const asksOne = attribute.name === 'members' && sub?.name === 'value' && question.op === 'eq';
  if (!asksOne || typeof question.value !== 'string') return undefined;
  if (!UUID.test(question.value)) return 'false';
  return `gr.id in (select s."groupId" from (${SHOWN_MEMBERS}) s where s.value = ${parameters.add(question.value, 'uuid')})`;
};
