import type { EntitlementType } from './desired-account.ts';
import type { Presence } from './identity-user.ts';
import { sourceKey, type Generation, type SystemName, type UserId } from './ids.ts';
import type { ScimUser } from './scim-user.ts';

/**
 * Value of `provisioning.<system>.observed-account.v1`: an account as the target showed it last, also one that nobody here asked for.
 * A tombstone says that it is gone. Only systems that can be read have such records.
 */
export interface ObservedAccount {
  readonly system: SystemName;
  /** Own count per (system, account); also on the tombstone, as header {@link GENERATION_HEADER}. */
  readonly generation: Generation;
  /** The target's own id. */
  readonly accountId: string;
  /** The person it belongs to, when a link owns it. */
  readonly userId?: UserId;
  /** The account generation that was applied when it was looked at; missing when none ever was. */
  readonly accountGeneration?: Generation;
  readonly presence: Exclude<Presence, 'absent'>;
  readonly attributes: ScimUser;
  /** Memberships and the like, as far as the target shows them. */
  readonly entitlements: readonly ObservedAssignment[];
  /** ISO 8601; when it was first seen like this. */
  readonly at: string;
}

export interface ObservedAssignment {
  readonly type: EntitlementType;
  /** The name that rules and requests use. */
  readonly value: string;
  /** Who gave it by our last wish, as in the desired account; missing or empty: somebody at the target did. */
  readonly rules?: readonly string[];
}

/** Value of `provisioning.<system>.entitlement.v1`: something the target can give. A tombstone says that it is gone there. */
export interface TargetEntitlement {
  readonly system: SystemName;
  /** Own count per (system, entitlement). */
  readonly generation: Generation;
  readonly type: EntitlementType;
  /** The target's own id. */
  readonly id: string;
  /** The name that rules and requests use. */
  readonly value: string;
  readonly display?: string;
  readonly description?: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Value of `identity.learned-id.v1`: a directory has given this person a Global User ID. Set once, if there is none (L8). */
export interface LearnedId {
  readonly userId: UserId;
  /** Global User ID (`userUuid` of SAP's extension). */
  readonly userUuid: string;
  /** The system that gave it. */
  readonly system: SystemName;
  /** ISO 8601. */
  readonly at: string;
}

/** Header of records and tombstones that carry their generation outside of the value. */
export const GENERATION_HEADER = 'rb_generation';

/** Key of an account or entitlement that lives at a target: a hash, because the target's id may be a person's login. */
export function targetKey(system: SystemName, id: string): string {
  return sourceKey(`target:${system}`, id);
}
