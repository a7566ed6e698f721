import type { PatchOperation, User } from '@rolebridge/scim';
import type { SystemRequest } from './requested.ts';

/** What is asked for, already read and checked for itself. */
export type Change =
  | { readonly kind: 'create'; readonly user: User; readonly ifExists: 'refuse' | 'replace' }
  | { readonly kind: 'replace'; readonly user: User }
  | { readonly kind: 'patch'; readonly operations: readonly PatchOperation[] }
  | { readonly kind: 'lock' }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'delete' };

/** A change of one account in one system, with what its sender says of the person, if anything. */
export interface AccountChange extends SystemRequest {
  readonly kind: 'account';
  readonly user?: User;
}

/** A change with whom it concerns and where it comes from. */
export interface Intent {
  /** `undefined`: found by what the user says of itself (POST, first contact of an event source). */
  readonly userId?: string;
  readonly change: Change | AccountChange;
  /** Name of the caller or event source. */
  readonly by: string;
  readonly correlationId: string;
  /** Mark of the change event, where it came as one. */
  readonly event?: string;
  /** `If-Match` of the request: entity tags, or `*`. */
  readonly ifMatch?: string;
  /** At first contact of an event source: a user with this login is the same person (never by e-mail). */
  readonly correlateByUserName?: boolean;
}

/** An intent about the person. */
export type PersonIntent = Intent & { readonly change: Change };
