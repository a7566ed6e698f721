import type { EntitlementType, ObservedAssignment, ScimUser } from '@rolebridge/contracts';

/** An account as the target shows it, in the shape that all systems share. */
export interface SeenAccount {
  /** The target's own id. */
  readonly accountId: string;
  readonly presence: 'active' | 'disabled';
  readonly attributes: ScimUser;
  /** All that it holds, where one look shows that. */
  readonly entitlements?: readonly Assignment[];
  /** What this look told about single entitlements; the others are as they were. */
  readonly told?: { readonly has: readonly Assignment[]; readonly hasNot: readonly Assignment[] };
}

export type Assignment = Pick<ObservedAssignment, 'type' | 'value'>;

/** Something that the target can give. */
export interface SeenEntitlement {
  readonly type: EntitlementType;
  /** The target's own id. */
  readonly id: string;
  /** The name that rules and requests use. */
  readonly value: string;
  readonly display?: string;
  readonly description?: string;
}
