import { type Checked, readSent } from './checked.ts';

/**
 * What waits for the broker, as operators see it: the same routes in every service with an outbox. A record that the broker refuses is
 * set aside, and behind it what came later for its key (L3); everything else goes on.
 *
 * | service | route | right | answer |
 * |---|---|---|---|
 * | each | `GET /operator/outbox` | `read` | {@link OutboxListing} |
 * | each | `POST /operator/outbox/release` {@link OutboxOrder} | `operate` | {@link OutboxOrderResult}: all of them go again, in their old order; 404 when nothing is set aside there |
 * | each | `POST /operator/outbox/drop` {@link OutboxOrder} | `approve` | {@link OutboxOrderResult}: the refused ones are lost, those behind them go; 404 when nothing is set aside there |
 */
export const OUTBOX_PATHS = { list: '/operator/outbox', order: (kind: OutboxOrderKind) => `/operator/outbox/${kind}` } as const;

export type OutboxOrderKind = 'release' | 'drop';

/** A topic and key whose records wait because the broker refused one of them. */
export interface AsideKey {
  readonly topic: string;
  /** One of our ids, or the hash of a source key: never personal. */
  readonly key: string;
  /** Failure code of the first refused record. */
  readonly code: string;
  /** Records that wait, the refused ones included. */
  readonly records: number;
  /** Of these, how many were refused. */
  readonly refused: number;
  /** ISO 8601. */
  readonly since: string;
}

export interface OutboxListing {
  /** Records on their usual way to the broker. */
  readonly rows: number;
  /** Age of the oldest of them, seconds; 0 when nothing waits. */
  readonly oldestSeconds: number;
  /** Records that are set aside, of all keys. */
  readonly aside: number;
  /** Oldest first, at most {@link MAX_ASIDE_KEYS}. */
  readonly keys: readonly AsideKey[];
}

export const MAX_ASIDE_KEYS = 1000;

export interface OutboxOrder {
  readonly topic: string;
  readonly key: string;
  readonly reason: string;
}

export interface OutboxOrderResult {
  /** Records that go to the broker again. */
  readonly going: number;
  /** Refused records that are lost for good; 0 at a release. */
  readonly lost: number;
}

/** PURE. Body of an order. */
export function readOutboxOrder(body: unknown): Checked<OutboxOrder> {
  return readSent(body, (sent) => ({ topic: sent.text('topic'), key: sent.text('key'), reason: sent.reason() }));
}
