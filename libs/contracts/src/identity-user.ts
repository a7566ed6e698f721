import type { Generation, SystemName, UserId } from './ids.ts';
import type { ScimUser } from './scim-user.ts';

/** What was asked for: present and usable, present and locked, or gone. */
export const PRESENCES = ['active', 'disabled', 'absent'] as const;
export type Presence = (typeof PRESENCES)[number];

export const CHANGE_OPERATIONS = ['create', 'replace', 'patch', 'lock', 'unlock', 'delete', 'republish'] as const;
export type ChangeOperation = (typeof CHANGE_OPERATIONS)[number];

/** Where a state came from; travels from the request to the call at the target. */
export interface Cause {
  readonly operation: ChangeOperation | 'time' | 'rules';
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Name of the caller or service; never a person. */
  readonly by: string;
  readonly correlationId: string;
  /** Mark of the change event that brought it, {@link eventMark}: after a restore it tells which events were worked. */
  readonly event?: string;
  /** The person is locked by an explicit order, perhaps an earlier one: no brake holds that back (L25). */
  readonly locked?: boolean;
  /** How many operators let through, at the brake over all systems, what this state takes away (L26). */
  readonly releases?: number;
}

/** One entitlement that a caller asked to be given or taken away. */
export interface RequestedEntitlement {
  /** One of the entitlement types. */
  readonly type: string;
  readonly value: string;
  /** The caller that asked for it. */
  readonly by: string;
  /** The user generation that brought it: when an account ends, the requests made for it end as well (L10). */
  readonly since?: Generation;
}

/** What was requested for one account, in one system (delivery law L8); stays apart from what rules give. */
export interface RequestedAccount {
  /** How the account shall be. Missing: rules say whether there is one. */
  readonly presence?: Presence;
  /** Locked by request, whoever opened it. */
  readonly locked?: boolean;
  /** Attributes of this account that differ from the person's; `null` = none here. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly grants: readonly RequestedEntitlement[];
  readonly revokes: readonly RequestedEntitlement[];
}

export interface UserGroup {
  readonly id: string;
  readonly name: string;
}

/** Value of `identity.user.v1`: the whole person as of `generation`. State, never a command. */
export interface IdentityUser {
  readonly id: UserId;
  readonly generation: Generation;
  /** `absent` = left (deleted at the source); `erased` = personal data removed, only the fence remains (L30). */
  readonly presence: Presence | 'erased';
  readonly resource: ScimUser;
  /** Business units in order, normalised. Missing = the source made no statement; empty = stated to be none. */
  readonly units?: readonly string[];
  /** The primary unit as stated by the source; the policy for a missing one belongs to role-mapping. */
  readonly primaryUnit?: string;
  /** Pass-through roles as stated by the source. Missing = no statement. */
  readonly roles?: readonly string[];
  readonly groups: readonly UserGroup[];
  readonly requested: Readonly<Record<SystemName, RequestedAccount>>;
  /** `requested`: known only through requests for single systems, so rules open no account for this person. Missing: rules decide. */
  readonly accounts?: 'requested';
  /** ISO 8601 instants (UTC) or dates; outside of them the person counts as `disabled` (L12). */
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly cause: Cause;
}
