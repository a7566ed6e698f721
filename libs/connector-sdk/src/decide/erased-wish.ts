import type { DesiredAccount } from '@rolebridge/contracts';

/** PURE. A wish as it may leave this service: that of an erased person carries nothing personal, although its link still needs it (L30). */
export function mayBeTold(desired: DesiredAccount): DesiredAccount {
  return desired.erased === true ? { ...desired, attributes: { userName: desired.userId }, entitlements: {} } : desired;
}

export interface Tombstone {
  readonly system: string;
  readonly userId: string;
  readonly generation: number;
  /** ISO 8601. */
  readonly at: string;
  readonly correlationId: string;
}

/** PURE. The wish that a tombstone repeats, for a connector that was away when it stood on the topic. */
export function wishOfTombstone({ system, userId, generation, at, correlationId }: Tombstone): DesiredAccount {
  return {
    system,
    userId,
    generation,
    userGeneration: 1,
    ruleSet: 0,
    presence: 'absent',
    erased: true,
    urgency: 'leaving',
    attributes: { userName: userId },
    entitlements: {},
    cause: { operation: 'time', at, by: 'role-mapping', correlationId },
  };
}
