import { type Checked, readSent } from './checked.ts';
import type { SystemName, UserId } from './ids.ts';

/**
 * Reapply (L27): a connector looks at accounts again and plans anew, braked like any change. For a target that was restored or
 * changed by hand.
 *
 * | route | right | answer |
 * |---|---|---|
 * | `POST /operator/reapply` {@link ReapplyOrder} | `operate` | {@link ReapplyStatus}; for one person 404 without a link, 409 while it is applying or held; for everybody 409 while another one runs |
 * | `GET /operator/reapply` | `read` | {@link ReapplyList}: the last one for everybody of each system |
 * | `POST /operator/reapply/stop` {@link ReapplyStop} | `operate` | {@link ReapplyStatus}; 409 when none runs |
 */
export const REAPPLY_PATHS = { all: '/operator/reapply', stop: '/operator/reapply/stop' } as const;

export interface ReapplyOrder {
  readonly system: SystemName;
  /** One person; missing: everybody with an account, paced. */
  readonly userId?: UserId;
  /** People a minute, default {@link REAPPLY_PER_MINUTE}; the limits of the system hold as well. */
  readonly perMinute: number;
  readonly reason: string;
}

export const REAPPLY_PER_MINUTE = 6000;

export interface ReapplyStop {
  readonly system: SystemName;
  readonly reason: string;
}

export interface ReapplyStatus {
  readonly system: SystemName;
  /** People whose accounts are looked at again. */
  readonly people: number;
  /** Of these, how many were made due so far. */
  readonly done: number;
  readonly running: boolean;
  readonly operator: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface ReapplyList {
  readonly reapplies: readonly ReapplyStatus[];
}

/** PURE. Body of an order: names one person, or says `all: true`. */
export function readReapplyOrder(body: unknown, systems: readonly string[]): Checked<ReapplyOrder> {
  return readSent(body, (sent): ReapplyOrder => {
    const which = sent.either(['userId', 'all'], 'userId or all: give one of them, a person or all: true.');
    if (which === 'all' && !sent.flag('all')) sent.userId('userId');
    return {
      system: sent.oneOf('system', systems),
      perMinute: sent.has('perMinute') ? sent.whole('perMinute', 1, 1_000_000) : REAPPLY_PER_MINUTE,
      reason: sent.reason(),
      ...(which === 'userId' && { userId: sent.userId('userId') }),
    };
  });
}

/** PURE. Body of a stop. */
export function readReapplyStop(body: unknown, systems: readonly string[]): Checked<ReapplyStop> {
  return readSent(body, (sent) => ({ system: sent.oneOf('system', systems), reason: sent.reason() }));
}
