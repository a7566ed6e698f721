import type { Log } from '../log.ts';
import type { RelayPublisher } from '../port.ts';

/** A batch that reached the broker. */
export interface PublishedBatch {
  readonly records: number;
  /** How long the oldest of them had waited in the outbox, milliseconds. */
  readonly oldestAgeMs: number;
}

/** A record that was set aside, without its key: that is for the operator's eyes (`listAside`). */
export interface AsideRecord {
  readonly topic: string;
  readonly sequence: number;
  /** Failure code of the publisher. */
  readonly code: string;
}

export interface RelayOptions {
  readonly url: string;
  readonly schema: string;
  /**
   * Opens a publisher that fences every older one of this schema (`fencedPublisher('<schema>.relay')`, law L5). Called after the
   * lock was taken, and again after each failure. Its `publish` rejects in bounded time, and with a ClassifiedError
   * `rejected` or `malformed` exactly when the broker refuses the records themselves.
   */
  readonly openPublisher: () => Promise<RelayPublisher>;
  readonly log: Log;
  /** Records of one publish, default 500. */
  readonly batchRecords?: number;
  readonly onPublished?: (batch: PublishedBatch) => void;
  /** For an alarm: a record is set aside, its key waits for an operator. */
  readonly onSetAside?: (record: AsideRecord) => void;
}
