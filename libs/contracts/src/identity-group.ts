import type { Cause } from './identity-user.ts';
import type { Generation } from './ids.ts';

/** Internal group id, a UUID; the key of `identity.group.v1`. */
export type GroupId = string & { readonly __brand?: 'GroupId' };

/** Value of `identity.group.v1`: a group as of `generation`, without its members: membership travels in the users (delivery law L7). */
export interface IdentityGroup {
  readonly id: GroupId;
  readonly generation: Generation;
  /** `absent` = deleted. */
  readonly presence: 'active' | 'absent';
  readonly displayName: string;
  readonly externalId?: string;
  readonly cause: Cause;
}
