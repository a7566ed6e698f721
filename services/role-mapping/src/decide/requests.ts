import { withOwnAttributes } from '@rolebridge/contracts';
import type { DesiredAccount, Generation, IdentityUser, RequestedAccount, RequestedEntitlement, ScimUser, SystemName } from '@rolebridge/contracts';

/**
 * What is requested for an account and still counts: grants and revokes end with the account they were made for, also when the person has
 * the account again later (L10). A request that does not tell its generation ends only where it is withdrawn.
 */
export function requestsOf(user: IdentityUser, system: SystemName, endedAt: Generation | undefined): RequestedAccount | undefined {
  const requested = user.requested[system];
  if (requested === undefined || endedAt === undefined) return requested;
  const counts = ({ since }: RequestedEntitlement): boolean => since === undefined || since > endedAt;
  return { ...requested, grants: requested.grants.filter(counts), revokes: requested.revokes.filter(counts) };
}

/** The user generation with which the account ended, if it ever did: of its last end. */
export function endOfEarlierLife(previous: DesiredAccount | undefined): Generation | undefined {
  return previous?.presence === 'absent' ? previous.userGeneration : previous?.endedAt;
}

/** The person's attributes, with those that were requested for this account. */
export function attributesOf({ resource }: IdentityUser, requested: RequestedAccount | undefined): ScimUser {
  if (requested?.attributes === undefined) return resource;
  return { ...withOwnAttributes(resource, requested.attributes), userName: userNameOf(requested.attributes) ?? resource.userName };
}

function userNameOf({ userName }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof userName === 'string' && userName !== '' ? userName : undefined;
}
