import type { IncomingRecord, OutgoingRecord, TopicToCreate } from '@rolebridge/contracts';

/** Writes records. One publisher per purpose; calls may overlap, the adapter keeps one request outstanding and batches the rest. */
export interface Publisher {
  /** Resolves when every record is acknowledged by all in-sync replicas; rejects when any may be missing. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** A position to start reading at. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly offset: number;
}

/** Offsets that were stored in the same transaction as the effect (delivery law L4). */
export interface OffsetStore {
  /** The next offsets to read, for those of the named topics that are known. */
  load(consumer: string, topics: readonly string[]): Promise<readonly PartitionOffset[]>;
}

export interface Batch {
  readonly consumer: string;
  /** At most the configured maximum, from any of the subscribed topics, in order within each partition. */
  readonly records: readonly IncomingRecord[];
  /** The next offsets to read once this batch took effect: to be stored in the batch's own transaction. */
  readonly offsets: readonly PartitionOffset[];
}

/**
 * Takes effect of a batch in one transaction that also stores `batch.offsets`. Rejecting means that nothing took effect:
 * the same records are handed over again after a pause. It never runs twice at once for one consumer.
 */
export type BatchHandler = (batch: Batch) => Promise<void>;

export interface ConsumerOptions {
  /** Consumer group. */
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly handler: BatchHandler;
  /** Where it starts: the lower of this and the group's own offset (L4). Without it the group's offset. */
  readonly offsets?: OffsetStore;
  /** Records handed over at once, default 1000. */
  readonly maxBatchRecords?: number;
  /** For readers in no hurry: after records have come nothing more is fetched for so long, milliseconds, so that batches are few and large. Default 0. */
  readonly gatherMs?: number;
  /**
   * `committed` (default): a record is handed over once its transaction is committed. `uncommitted`: at once, for topics that relays
   * write: what stands in an outbox is true whatever becomes of the transaction that carries it, so an aborted record is only an
   * early duplicate; and a broker that was killed may never write the end of a transaction, which would stop the partition.
   */
  readonly isolation?: 'committed' | 'uncommitted';
}

export interface Consumer {
  /** Stops reading, lets the running batch finish, leaves the group. */
  close(): Promise<void>;
  /** Resolves never; rejects when the consumer died for good and the process should exit non-zero. */
  readonly failed: Promise<never>;
  /** Whether the consumer is a joined member of its group now. */
  isReady(): boolean;
}

/** Difference between the end of the log and the committed offset, per topic and partition. */
export interface Lag extends PartitionOffset {
  readonly end: number;
}

/** Where reading again begins. */
export type ReadFrom = { readonly kind: 'beginning' } | { readonly kind: 'offset'; readonly offset: number } | { readonly kind: 'time'; readonly timeMs: number };

/** Records `from` ≤ offset < `until` of one partition. */
export interface PartitionRange {
  readonly partition: number;
  readonly from: number;
  readonly until: number;
}

export interface RereadOptions {
  /** A group of its own: nothing is committed in it. */
  readonly groupId: string;
  readonly topic: string;
  readonly ranges: readonly PartitionRange[];
  /** Records of one partition in order, and the place behind them. What rejects is handed over again. */
  readonly handler: (records: readonly IncomingRecord[], next: readonly PartitionOffset[]) => Promise<void>;
  /** Told of each rejection of the handler. */
  readonly onFailure: (error: unknown) => void;
  /** Default 1000. */
  readonly maxBatchRecords?: number;
  /** Ends it, unfinished, without an error. */
  readonly signal: AbortSignal;
}

export interface KafkaAdmin {
  /** Creates what is missing, never changes what exists; reports topics whose settings differ from the catalogue. */
  createTopics(topics: readonly TopicToCreate[], options?: { readonly partitions?: number; readonly replicas?: number }): Promise<{ readonly created: readonly string[]; readonly differing: readonly string[] }>;
  lag(groupId: string, topics: readonly string[]): Promise<readonly Lag[]>;
  /** From a place to the end as it is now; of topics that are read uncommitted also what stands in open transactions. Rejects with a RangeError when there is no such partition or offset. */
  ranges(topic: string, from: ReadFrom, partition?: number): Promise<readonly PartitionRange[]>;
  close(): Promise<void>;
}

/** The one door to a Kafka cluster. */
export interface Kafka {
  publisher(): Promise<Publisher>;
  /** A publisher that fences every older one with the same id (law L5); each `publish` is one Kafka transaction. */
  fencedPublisher(transactionalId: string): Promise<Publisher>;
  consume(options: ConsumerOptions): Promise<Consumer>;
  /** Reads parts of a topic again, beside whoever reads it otherwise; resolves at the end of every range. */
  reread(options: RereadOptions): Promise<void>;
  admin(): Promise<KafkaAdmin>;
}
