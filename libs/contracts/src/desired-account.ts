import type { Generation, SystemName, UserId } from './ids.ts';
import type { Cause, Presence } from './identity-user.ts';
import type { ScimUser } from './scim-user.ts';

export const ENTITLEMENT_TYPES = ['unit', 'role', 'group'] as const;
export type EntitlementType = (typeof ENTITLEMENT_TYPES)[number];

export interface Entitlement {
  readonly value: string;
  /** Names of the rules (or `request:<caller>`, `pass-through`) that gave it, in rule order. */
  readonly rules: readonly string[];
  /** Only for units: exactly one is primary unless the policy says `none`. */
  readonly primary?: boolean;
}

/**
 * A statement about one type of entitlement. A type that is missing in {@link DesiredAccount.entitlements} is *no statement*:
 * the connector leaves it alone.
 */
export interface EntitlementList {
  /** `true`: whatever is not listed shall be gone. `false`: only what we gave before and no longer list shall be gone. */
  readonly complete: boolean;
  readonly items: readonly Entitlement[];
  /** Shall be gone whoever gave them, also where the list is not complete: what a caller took away (L10). */
  readonly removed?: readonly string[];
}

/** Order in which connectors take work: leavers and locks first, re-evaluations last (L25). */
export const URGENCIES = ['leaving', 'normal', 'bulk'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Value of `provisioning.<system>.desired-account.v1`: how one person's account in one system shall be. */
export interface DesiredAccount {
  readonly system: SystemName;
  readonly userId: UserId;
  /** Own count per (system, user). */
  readonly generation: Generation;
  /** The user generation it was derived from (L15). */
  readonly userGeneration: Generation;
  /** The user generation with which an earlier life of this account ended: requests that are not newer ended with it (L10). */
  readonly endedAt?: Generation;
  /** Version of the rule set it was derived with (L11). */
  readonly ruleSet: number;
  readonly presence: Presence;
  /** The person is erased (L30): this wish is `absent`, carries no personal data and is the last one. */
  readonly erased?: true;
  readonly urgency: Urgency;
  /** The person's attributes in SCIM shape; `active` here is the source's, {@link presence} is what counts. */
  readonly attributes: ScimUser;
  readonly entitlements: Readonly<Partial<Record<EntitlementType, EntitlementList>>>;
  readonly cause: Cause;
}
