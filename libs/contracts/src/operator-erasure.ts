import type { Failure } from './failures.ts';
import type { Generation, SystemName, UserId } from './ids.ts';
import type { DeliveryState } from './states.ts';

/**
 * Erasing personal data of people who left (L30), as operators see and steer it.
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | ingest | `POST /operator/users/<user id>/erase` {@link EraseOrder} | `approve` | {@link ErasedPerson}; 404 unknown; 409 when the person is here, or erased already |
 * | role-mapping, connector | `GET /operator/erasures?limit=<n>` | `read` | {@link OpenErasures}, oldest first |
 * | connector | `POST /operator/users/<user id>/accept-erasure` {@link AcceptErasureOrder} | `approve` | {@link GivenUp}; 404 unknown; 409 when there is nothing to give up, or it is being applied |
 */
export const ERASURE_PATHS = {
  open: '/operator/erasures',
  erase: (userId: UserId) => `/operator/users/${encodeURIComponent(userId)}/erase`,
  accept: (userId: UserId) => `/operator/users/${encodeURIComponent(userId)}/accept-erasure`,
} as const;

/** Body of the order to erase somebody who left, at once instead of after the usual days. */
export interface EraseOrder {
  /** Why; without personal data. */
  readonly reason: string;
}

/** Body of the order to give up one account that cannot be ended: what is known of it here is erased, the account itself stays at its target. */
export interface AcceptErasureOrder extends EraseOrder {
  readonly system: SystemName;
}

export interface ErasedPerson {
  readonly id: UserId;
  /** Of the last state, the one without personal data. */
  readonly generation: Generation;
}

/** An account that was given up. */
export interface GivenUp {
  readonly system: SystemName;
  readonly userId: UserId;
}

/** A place where personal data of an erased person is still needed, because an account has not ended. */
export interface OpenErasure {
  /** `role-mapping` or a system. */
  readonly place: string;
  readonly userId: UserId;
  /** ISO 8601; when the erasure came here. */
  readonly since: string;
  /** `held`: the brake keeps it. */
  readonly state: DeliveryState;
  /** What keeps it from ending, if that is known. */
  readonly failure?: Failure;
}

export interface OpenErasures {
  readonly erasures: readonly OpenErasure[];
  /** All that are open; more than are in the answer when the limit was reached. */
  readonly total: number;
}

/** Erasures of one answer. */
export const MAX_OPEN_ERASURES = 1000;
