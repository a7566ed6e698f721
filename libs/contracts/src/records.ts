import type { Headers } from './envelope.ts';

/** A record to be written. `value: null` is a tombstone. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: string | null;
  readonly headers: Headers;
}

/** A record as read. Bytes stay bytes until a boundary has parsed them. */
export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Headers;
}
