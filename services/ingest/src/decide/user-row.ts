import type { Cause, Generation, Presence, RequestedAccount, SystemName, UserGroup, UserId } from '@rolebridge/contracts';
import type { User } from '@rolebridge/scim';

/** One person as stored: the row of table `users`. */
export interface UserRow {
  /** Ours, generated, never changes. */
  readonly id: UserId;
  readonly generation: Generation;
  /** `absent`: deleted at the source; the row stays, so that a returning person continues its generations (L20). */
  readonly presence: Presence;
  /** In the shape v2; `active` says the same as {@link presence}, or nothing after a PATCH took it away. */
  readonly user: User;
  /** The groups of which the person is a member as of this generation; missing for none (L7). */
  readonly memberOf?: readonly UserGroup[];
  /** Assignments requested through the proxy API (L8). */
  readonly requested: Readonly<Record<SystemName, RequestedAccount>>;
  /** Known only through requests for single systems: rules open no account. */
  readonly requestedOnly?: true;
  /** Caller or event source that brought the person; an `externalId` means something only within it (RFC 7643 §3.1). */
  readonly source: string;
  /** Of the last change. */
  readonly cause: Cause;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly modified: string;
}

export { loginKey as userNameKey } from '@rolebridge/scim';
export { versionOf } from './versions.ts';
