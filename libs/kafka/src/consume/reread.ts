import { PartitionAssigners, type Consumer as Client, type EachBatchPayload } from 'kafkajs';
import type { IncomingRecord } from '@rolebridge/contracts';
import { classify } from '../failure.ts';
import { ownClient, type KafkaSettings } from '../settings.ts';
import type { PartitionOffset, RereadOptions } from '../port.ts';
import { atMost, backoffMs, pause } from '../wait.ts';
import { bufferedOf } from './incoming.ts';
import { isolationOfTopic } from './isolation.ts';

const DEFAULT_BATCH_RECORDS = 1_000;
const LEAVE_GRACE_MS = 3_000;
const HEARTBEAT_MS = 1_000;

interface Place {
  position: number;
  readonly until: number;
}

/**
 * Reads parts of a topic again beside whoever reads it otherwise: in a group of its own that commits nothing. Where it stands is
 * known to the caller only, so after a death it goes on from there. A handler that fails is asked again, with the same records.
 */
export async function reread(settings: KafkaSettings, options: RereadOptions): Promise<void> {
  const reader = new Rereader(options);
  if (reader.isDone()) return;
  const { client: kafka, sockets } = ownClient(settings);
  const client = kafka.consumer({
    groupId: options.groupId,
    partitionAssigners: [PartitionAssigners.roundRobin],
    sessionTimeout: 30_000,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: 500,
    allowAutoTopicCreation: false,
    readUncommitted: isolationOfTopic(options.topic) === 'uncommitted',
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 8, restartOnFailure: () => Promise.resolve(!options.signal.aborted) },
  });
  try {
    await reader.run(client);
  } catch (error) {
    throw classify(error);
  } finally {
    await atMost(LEAVE_GRACE_MS, client.disconnect().catch(() => undefined)); // without a broker it cannot say goodbye
    sockets.destroy();
  }
}

class Rereader {
  readonly #options: RereadOptions;
  readonly #places: ReadonlyMap<number, Place>;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: RereadOptions) {
    this.#options = options;
    this.#places = new Map(options.ranges.map(({ partition, from, until }) => [partition, { position: from, until }]));
  }

  isDone(): boolean {
    return [...this.#places.values()].every(({ position, until }) => position >= until);
  }

  async run(client: Client): Promise<void> {
    const { topic, signal } = this.#options;
    client.on(client.events.GROUP_JOIN, ({ payload }) => this.#place(client, payload.memberAssignment[topic] ?? []));
    client.on(client.events.CRASH, ({ payload: { error, restart } }) => {
      if (!restart) this.#ended.reject(error);
    });
    // Only markers or aborted records: kafkajs goes on without showing them to us.
    client.on(client.events.START_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
      if (batchSize === 0) this.#advance(partition, Number(lastOffset) + 1);
    });
    signal.addEventListener('abort', () => this.#ended.resolve(), { once: true });
    await client.connect();
    await client.subscribe({ topics: [topic], fromBeginning: true });
    await client.run({ autoCommit: false, eachBatch: (payload) => this.#receive(client, payload) });
    await this.#ended.promise;
  }

  /** kafkajs knows of no offset in this group: it is told at each joining. */
  #place(client: Client, partitions: readonly number[]): void {
    const { topic } = this.#options;
    for (const partition of partitions) {
      const place = this.#places.get(partition);
      if (place === undefined || place.position >= place.until) client.pause([{ topic, partitions: [partition] }]);
      else client.seek({ topic, partition, offset: String(place.position) });
    }
  }

  async #receive(client: Client, payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const place = this.#places.get(partition);
    if (place === undefined || payload.isStale()) return;
    if (fetchedFrom(payload) > place.position) return client.seek({ topic, partition, offset: String(place.position) });
    await this.#work(payload, place);
    if (place.position >= place.until) client.pause([{ topic, partitions: [partition] }]);
  }

  async #work(payload: EachBatchPayload, place: Place): Promise<void> {
    const { batch } = payload;
    const records = bufferedOf(batch).map(({ record }) => record).filter(({ offset }) => offset >= place.position && offset < place.until);
    for (const chunk of chunksOf(records, this.#options.maxBatchRecords ?? DEFAULT_BATCH_RECORDS)) {
      if (!payload.isRunning() || this.#options.signal.aborted) return;
      await this.#handOver(chunk, () => payload.heartbeat());
    }
    this.#advance(batch.partition, Number(batch.lastOffset()) + 1);
  }

  async #handOver(records: readonly IncomingRecord[], heartbeat: () => Promise<void>): Promise<void> {
    const next = records.map(({ topic, partition, offset }): PartitionOffset => ({ topic, partition, offset: offset + 1 })).slice(-1);
    for (let failures = 0; !this.#options.signal.aborted; failures += 1) {
      try {
        await this.#options.handler(records, next);
        for (const { partition, offset } of next) this.#advance(partition, offset);
        return await heartbeat();
      } catch (error) {
        this.#options.onFailure(error);
        await heartbeat();
        await pause(Math.min(backoffMs(failures), 5_000), this.#options.signal);
      }
    }
  }

  #advance(partition: number, position: number): void {
    const place = this.#places.get(partition);
    if (place) place.position = Math.max(place.position, position);
    if (this.isDone()) this.#ended.resolve();
  }
}

function fetchedFrom({ batch }: EachBatchPayload): number {
  return 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number(batch.firstOffset());
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
