import type { IdentityUser, UserGroup } from '@rolebridge/contracts';
import type { User } from '@rolebridge/scim';
import type { UserRow } from './user-row.ts';

/**
 * PURE. The row of a person as `identity.user.v1` tells it: the other direction of `identityUser`. Who brought the person is not
 * told there; it stays as it was, or is who made the last change.
 *
 * @param held the row of an older time, if there is one
 * @param ours ids of the groups that we hold; other groups were stated by the source
 */
export function learnedRow(told: IdentityUser, held: UserRow | undefined, ours: ReadonlySet<string>): UserRow {
  const { id, generation, requested, cause, groups, accounts } = told;
  const memberOf = groups.filter((group) => ours.has(group.id));
  const stated = groups.filter((group) => !ours.has(group.id));
  const resource = told.resource as User; // written by this service in this shape
  return {
    id,
    generation,
    presence: told.presence === 'erased' ? 'absent' : told.presence,
    user: stated.length > 0 ? { ...resource, groups: stated.map(statedGroup) } : resource,
    ...(memberOf.length > 0 && { memberOf }),
    requested,
    ...(accounts === 'requested' && { requestedOnly: true as const }),
    ...firstSeen(held, cause),
    cause,
    modified: cause.at,
  };
}

function firstSeen(held: UserRow | undefined, { by, at }: IdentityUser['cause']): Pick<UserRow, 'source' | 'created'> {
  return held ? { source: held.source, created: held.created } : { source: by, created: at };
}

function statedGroup({ id, name }: UserGroup): NonNullable<User['groups']>[number] {
  return { value: id, display: name };
}

