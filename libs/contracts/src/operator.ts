import type { DesiredAccount } from './desired-account.ts';
import type { Failure } from './failures.ts';
import type { Presence } from './identity-user.ts';
import type { Generation, SystemName, UserId } from './ids.ts';
import type { DeliveryState } from './states.ts';

/**
 * The operator interface: what services answer under `/operator/…`, what the CLI shows and steers. Every call carries a bearer token
 * of an operator with the right of the route (L29). Errors are `application/problem+json` (RFC 9457) with a sentence as `detail`:
 * 400 (request wrong), 401, 403 (right missing), 404 (user unknown here), 409 (not in this state), 503.
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | connector | `GET /operator/status` | `read` | {@link ConnectorStatus} |
 * | connector | `GET /operator/users/<user id>` | `read` | {@link UserStatus}; 404 when no link exists |
 * | connector | `POST /operator/users/<user id>/release` {@link OperatorOrder} | `approve` | 204, what the brake holds may go through (L26); 409 when nothing is held |
 * | connector | `POST /operator/users/<user id>/redrive` {@link OperatorOrder} | `operate` | 204, the newest wish is due again now (L27); 404 when no link exists; 409 when it is settled, applying or held |
 * | ingest | `GET /operator/users?userName=<user name>` | `read` | {@link UserIdentity}; 404 when nobody has this user name |
 */
export const OPERATOR_PATHS = {
  status: '/operator/status',
  users: '/operator/users',
  order: (userId: UserId, kind: OperatorOrderKind) => `/operator/users/${encodeURIComponent(userId)}/${kind}`,
} as const;

/** What an operator can order for one person at one system. */
export type OperatorOrderKind = 'release' | 'redrive';

/** Body of an order. By whom it is comes from the credential (L29). */
export interface OperatorOrder {
  readonly system: SystemName;
  /** Why, in a sentence of at most {@link REASON_MAX_CHARACTERS}; kept with the order and logged, so without personal data. */
  readonly reason: string;
}

export const REASON_MAX_CHARACTERS = 500;

export const BREAKER_STATES = ['closed', 'open', 'half-open', 'halted'] as const;
/** `halted`: credentials or configuration are wrong (failure kind `halting`); nothing is claimed until the probe succeeds. */
export type BreakerState = (typeof BREAKER_STATES)[number];

/** One configured system as its connector sees it now. */
export interface SystemStatus {
  readonly system: SystemName;
  readonly kind: string;
  readonly mode: 'shadow' | 'active';
  /** Links whose newest wish is not settled: pending, applying, waiting. */
  readonly backlog: number;
  /** Age of the oldest wish in the backlog, seconds; `null` when there is none. */
  readonly oldestPendingSeconds: number | null;
  /** Links per state; states without links count 0. */
  readonly states: Readonly<Record<DeliveryState, number>>;
  readonly breaker: BreakerState;
  /** Why it is not closed: one redacted sentence. */
  readonly breakerReason?: string;
  /** ISO 8601; the last step the target took. */
  readonly lastSuccessAt: string | null;
  /** What `/readyz` says about this system. */
  readonly ready: boolean;
}

/** Answer of `GET /operator/status`: one entry per system the process serves. */
export interface ConnectorStatus {
  readonly systems: readonly SystemStatus[];
}

/** One (system, user): what is wished, what is applied, what comes next. */
export interface LinkStatus {
  readonly system: SystemName;
  readonly state: DeliveryState;
  /** As wished. */
  readonly presence: Presence;
  /** Account generation of the newest wish. */
  readonly wishedGeneration: Generation;
  /** Account generation applied last; `null` when none ever was. */
  readonly appliedGeneration: Generation | null;
  /** The user generation the newest wish comes from. */
  readonly userGeneration: Generation;
  /** The target's own id. */
  readonly accountId?: string;
  /** The key fixed at first contact (L20). */
  readonly accountKey?: string;
  readonly attempt: number;
  /** ISO 8601; `null` when nothing is due. */
  readonly nextAttemptAt: string | null;
  /** The last failure, if the newest wish met one. */
  readonly failure?: Failure;
  /** `false`: this interface never confirms, `accepted` is the end (L19). */
  readonly confirmable: boolean;
  /** As wished, each with the rules that gave it. */
  readonly entitlements: DesiredAccount['entitlements'];
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** Answer of `GET /operator/users/<user id>` of a connector. */
export interface UserStatus {
  readonly userId: UserId;
  readonly systems: readonly LinkStatus[];
}

/** Answer of `GET /operator/users?userName=…` of ingest. */
export interface UserIdentity {
  readonly id: UserId;
  readonly userName: string;
  readonly presence: Presence | 'erased';
  readonly generation: Generation;
}
