import type { Cause } from './identity-user.ts';
import type { Generation, SystemName, UserId } from './ids.ts';

/**
 * What the brake holds (L26), as operators see and decide it: the same routes in every connector (its systems) and in role-mapping
 * (the brake over all systems; its place is called {@link OVER_ALL}).
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | connector, role-mapping | `GET /operator/brake?place=&limit=` | `read` | {@link BrakeListing} |
 * | connector, role-mapping | `POST /operator/brake/release` {@link BrakeOrder} | `approve` | {@link BrakeOrderResult}; 409 when nothing of it is held |
 * | connector, role-mapping | `POST /operator/brake/drop` {@link BrakeOrder} | `approve` | {@link BrakeOrderResult}; 409 when nothing of it is held |
 */
export const BRAKE_PATHS = { list: '/operator/brake', order: (kind: BrakeOrderKind) => `/operator/brake/${kind}` } as const;

export type BrakeOrderKind = 'release' | 'drop';

/** Name of the place of the brake over all systems. */
export const OVER_ALL = 'role-mapping';

/** One thing somebody would lose. */
export interface HeldLoss {
  readonly system: SystemName;
  /** `disable`, `remove`, `role`, `unit`, `group`. */
  readonly loss: string;
}

/** One person's change that is held back: exactly this generation may be released. */
export interface HeldChange {
  readonly place: string;
  readonly userId: UserId;
  /** Of the account at a connector, of the user at role-mapping. */
  readonly generation: Generation;
  /** Rises with every change that is held at this place. */
  readonly number: number;
  /** ISO 8601; since when somebody waits, also while newer changes of this person came. */
  readonly since: string;
  readonly losses: readonly HeldLoss[];
  readonly cause: Cause;
  /** Names of the operators who have released it already; more are needed while it stands here. */
  readonly approvedBy: readonly string[];
  /** Who decided that it shall not happen; it rests until the wish differs. */
  readonly droppedBy?: string;
}

/** One brake: a system, or {@link OVER_ALL}. */
export interface BrakePlace {
  readonly place: string;
  /** Changes that wait for a decision. */
  readonly held: number;
  /** Changes that were dropped and rest. */
  readonly dropped: number;
  /** Names what is listed here: an order for it is carried out for these changes and for none that is held later. `null`: nothing is. */
  readonly listing: number | null;
  readonly enabled: boolean;
  readonly windowMs: number;
  readonly share: number;
  readonly fromAccounts: number;
  readonly count: number;
  readonly approvals: number;
}

/** Oldest number first, at most `limit` (default 1000) per place; what was dropped comes with `dropped=true`. */
export interface BrakeListing {
  readonly places: readonly BrakePlace[];
  readonly changes: readonly HeldChange[];
}

export const MAX_HELD_PER_LIST = 10_000;

/** Either one person, or everything of a listing. */
export interface BrakeOrder {
  readonly place: string;
  readonly userId?: UserId;
  readonly listing?: number;
  /** Why, in a sentence; kept with the order, so without personal data. */
  readonly reason: string;
}

export interface BrakeOrderResult {
  /** Changes that were released or dropped. */
  readonly done: number;
  /** Changes that need one more operator. */
  readonly waiting: number;
  /** Of these, how many this operator had approved before. */
  readonly repeated: number;
  /** Changes that would take something else by now: held anew, under a higher number. */
  readonly changed?: number;
  readonly approvals: number;
}
