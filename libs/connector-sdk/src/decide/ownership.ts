import type { DeliveryState, Failure, Presence } from '@rolebridge/contracts';

/** The link that owns an account another person's link asks for. */
export interface Owner {
  readonly userId: string;
  readonly state: DeliveryState;
  readonly presence: Presence;
  /** The last message to a target that does not confirm may not have taken effect yet (L19). */
  readonly unsettled?: boolean;
}

const SETTLED: readonly DeliveryState[] = ['applied', 'unchanged', 'accepted'];

/** PURE. Whether the owner is perhaps about to give the name up: leaving, with work pending, or with a message on its way. */
export function isMoving({ presence, state, unsettled = false }: Owner): boolean {
  return presence === 'absent' || !SETTLED.includes(state) || unsettled;
}

/**
 * PURE. What to do when the account is owned by somebody else (L20): wait while the owner is leaving or has work pending
 * (perhaps it is about to give the name up), otherwise it is a case for a person. Never take it over.
 */
export function ownedByAnother(owner: Owner): Failure {
  return isMoving(owner)
    ? {
        kind: 'waiting',
        code: 'account-owned-pending',
        message: 'The account belongs to another person whose own change is not finished; this one goes on when it is.',
        waitingFor: `user ${owner.userId}`,
      }
    : {
        kind: 'rejected',
        code: 'account-owned',
        message: `The account belongs to user ${owner.userId}. Give one of the two another login at the source, then redrive.`,
      };
}
