import type { Group, GroupPatch, MemberReference } from '@rolebridge/scim';

/** What is asked of a group, already read and checked for itself. */
export type GroupChange =
  | { readonly kind: 'create'; readonly group: Group; readonly members: readonly MemberReference[] }
  /** Without `members` nothing is said about them. */
  | { readonly kind: 'replace'; readonly group: Group; readonly members?: readonly MemberReference[] }
  | { readonly kind: 'patch'; readonly patch: GroupPatch }
  | { readonly kind: 'delete' };

export interface GroupIntent {
  /** `undefined`: a new group. */
  readonly groupId?: string;
  readonly change: GroupChange;
  /** Name of the caller. */
  readonly by: string;
  readonly correlationId: string;
  /** `If-Match` of the request: entity tags, or `*`. */
  readonly ifMatch?: string;
  /** What this client family expects where the RFC leaves room. */
  readonly leniency?: GroupLeniency;
}

export interface GroupLeniency {
  /** A removal that meets nobody is no error. */
  readonly missingTarget: boolean;
  /** Members that do not exist are left out of a PATCH instead of refused. */
  readonly unknownMembers: boolean;
}
