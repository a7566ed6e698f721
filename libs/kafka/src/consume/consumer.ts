import type { Admin, Consumer as Client, EachBatchPayload } from 'kafkajs';
import { classify } from '../failure.ts';
import type { OwnClient } from '../settings.ts';
import type { Consumer, ConsumerOptions, PartitionOffset } from '../port.ts';
import { atMost, backoffMs, pause } from '../wait.ts';
import { runLoop } from './batch-loop.ts';
import { continuity } from './continuity.ts';
import { bufferedOf } from './incoming.ts';
import type { Assignment } from './partition.ts';
import { recordBuffer } from './record-buffer.ts';
import { startOffsets } from './start-offsets.ts';

const DEFAULT_BATCH_RECORDS = 1_000;
const BUFFERED_BYTES = 8 * 1024 * 1024;
const HEARTBEAT_MS = 1_000;
const COMMIT_EVERY_MS = 250;
/** Without any fetch for this long the consumer is not ready, whatever it believes. */
const SILENCE_MS = 60_000;
/** A topic may be unknown, a right refused, for a moment while a broker starts; not so often in a row. */
const HOPELESS_CRASHES = 5;
/** A cold broker refuses the first joins while it makes its own topics; nobody should wait long after that. */
const LONGEST_RESTART_MS = 2_000;
const CLOSE_GRACE_MS = 10_000;
const LEAVE_GRACE_MS = 3_000;

/**
 * A member of a consumer group. kafkajs fetches into a buffer and keeps its heartbeats; a loop beside it takes batches from the
 * buffer, so a slow transaction never stalls the other partitions or the membership (design §5).
 */
export class GroupConsumer implements Consumer {
  readonly failed: Promise<never>;
  readonly #own: OwnClient;
  readonly #client: Client;
  readonly #admin: Admin;
  readonly #options: ConsumerOptions;
  readonly #failure = Promise.withResolvers<never>();
  readonly #stop = new AbortController();
  readonly #buffer;
  readonly #continuity = continuity();
  #loop: Promise<void> = Promise.resolve();
  #positioned: Promise<void> = Promise.resolve();
  #joined = false;
  /** Offsets that took effect and are not committed to the group yet, by topic and partition. */
  readonly #done = new Map<string, PartitionOffset & { readonly epoch: number }>();
  #committing: NodeJS.Timeout | undefined;
  /** In a row, without having joined in between. */
  #crashes = 0;
  #lastFetch = 0;

  constructor(own: OwnClient, client: Client, options: ConsumerOptions) {
    this.#own = own;
    this.#client = client;
    this.#admin = own.client.admin();
    this.#options = options;
    this.#buffer = recordBuffer({ records: 2 * this.#maxBatchRecords, bytes: BUFFERED_BYTES });
    this.failed = this.#failure.promise;
    this.failed.catch(() => undefined); // whoever cares awaits it; the crash is logged
  }

  get #maxBatchRecords(): number {
    return this.#options.maxBatchRecords ?? DEFAULT_BATCH_RECORDS;
  }

  async start(): Promise<void> {
    this.#listen();
    await this.#client.connect();
    await this.#client.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    this.#loop = runLoop({
      groupId: this.#options.groupId,
      buffer: this.#buffer,
      handler: this.#options.handler,
      maxBatchRecords: this.#maxBatchRecords,
      commit: (offsets, epoch) => this.#commit(offsets, epoch),
      log: this.#own.log,
      stop: this.#stop.signal,
    });
    await this.#run();
  }

  #run(): Promise<void> {
    return this.#client.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: (payload) => this.#receive(payload) });
  }

  /** Asked by kafkajs when it gave up: waits a while, then says whether it shall start again. */
  async mayRestart(error: Error): Promise<boolean> {
    this.#joined = false;
    this.#crashes += 1;
    const { failure } = classify(error);
    if (this.#stop.signal.aborted || (failure.kind === 'halting' && this.#crashes >= HOPELESS_CRASHES)) return false;
    const waitMs = Math.min(LONGEST_RESTART_MS, backoffMs(this.#crashes));
    const fields = { err: error, groupId: this.#options.groupId, code: failure.code, retryInMs: Math.round(waitMs) };
    this.#own.log.warn(fields, 'the consumer lost its broker; it starts again');
    await pause(waitMs, this.#stop.signal);
    return !this.#stop.signal.aborted;
  }

  isReady(): boolean {
    return this.#joined && performance.now() - this.#lastFetch < SILENCE_MS;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await atMost(CLOSE_GRACE_MS, this.#loop);
    await atMost(LEAVE_GRACE_MS, this.#commitDone());
    this.#joined = false;
    await atMost(LEAVE_GRACE_MS, this.#client.disconnect().catch(() => undefined)); // a consumer without broker cannot say goodbye
    await atMost(LEAVE_GRACE_MS, this.#admin.disconnect().catch(() => undefined));
    this.#own.sockets.destroy();
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, FETCH, START_BATCH_PROCESS, CRASH } = this.#client.events;
    this.#client.on(GROUP_JOIN, ({ payload }) => this.#join(payload.memberAssignment));
    this.#client.on(REBALANCING, () => (this.#joined = false));
    this.#client.on(FETCH, () => (this.#lastFetch = performance.now()));
    this.#client.on(START_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      // Only markers or aborted records: kafkajs goes on without showing them to us.
      if (batchSize === 0) this.#continuity.expect({ topic, partition }, Number(lastOffset) + 1);
    });
    this.#client.on(CRASH, ({ payload: { error, restart } }) => this.#crash(error, restart));
  }

  #isCurrent(epoch: number): boolean {
    return epoch === this.#buffer.epoch && !this.#stop.signal.aborted;
  }

  #crash(error: Error, restart: boolean): void {
    this.#joined = false;
    if (restart || this.#stop.signal.aborted) return;
    const failure = classify(error);
    if (failure.failure.kind === 'transient') return void this.#revive(error);
    this.#own.log.error({ err: error, groupId: this.#options.groupId, code: failure.failure.code }, 'the consumer died');
    this.#failure.reject(failure);
  }

  /** kafkajs takes some errors of a broker that is just starting for final (no coordinator yet) and never asks {@link mayRestart}. */
  async #revive(error: Error): Promise<void> {
    while (await this.mayRestart(error)) {
      try {
        await this.#client.connect();
        await this.#run();
        return;
      } catch (again) {
        this.#own.log.warn({ err: again, groupId: this.#options.groupId }, 'the broker does not take the consumer yet');
      }
    }
  }

  /** kafkajs reads every partition again from its committed offset, so whatever is buffered would come twice. */
  #join(assignment: Assignment): void {
    this.#buffer.renew();
    this.#continuity.forget();
    this.#lastFetch = performance.now();
    this.#crashes = 0;
    this.#joined = true;
    this.#positioned = this.#position(assignment, this.#buffer.epoch);
  }

  async #position(assignment: Assignment, epoch: number): Promise<void> {
    const { groupId, offsets: store } = this.#options;
    if (!store) return;
    for (let failures = 0; this.#isCurrent(epoch); failures += 1) {
      try {
        await this.#admin.connect();
        const lower = await startOffsets({ admin: this.#admin, groupId, assignment, store });
        if (this.#isCurrent(epoch)) this.#goBack(lower);
        return;
      } catch (error) {
        this.#own.log.warn({ err: error, groupId }, 'the stored offsets cannot be read; reading waits for them');
        await pause(backoffMs(failures), this.#stop.signal);
      }
    }
  }

  #goBack(lower: readonly PartitionOffset[]): void {
    for (const { topic, partition, offset } of lower) {
      this.#continuity.expect({ topic, partition }, offset);
      this.#client.seek({ topic, partition, offset: String(offset) });
    }
    if (lower.length > 0) this.#own.log.info({ groupId: this.#options.groupId, offsets: lower }, 'starting at the stored offsets, which are lower than those of the group');
  }

  /** Only appends. Whatever it does not resolve is fetched again. */
  async #receive(payload: EachBatchPayload): Promise<void> {
    const { epoch } = this.#buffer;
    const { batch } = payload;
    await this.#meanwhile(this.#positioned, payload);
    await this.#meanwhile(this.#buffer.room(this.#stop.signal), payload);
    if (!this.#isCurrent(epoch) || payload.isStale() || !payload.isRunning()) return;
    const last = batch.messages.at(-1);
    if (last === undefined || !this.#continues(batch)) return;
    this.#buffer.append(bufferedOf(batch));
    this.#continuity.expect(batch, Number(batch.lastOffset()) + 1);
    payload.resolveOffset(last.offset);
    await this.#gather(payload);
  }

  /** The next fetch begins once all partitions of this one are done with. */
  async #gather(payload: EachBatchPayload): Promise<void> {
    const leftMs = this.#lastFetch + (this.#options.gatherMs ?? 0) - performance.now();
    if (leftMs > 0) await this.#meanwhile(pause(leftMs, this.#stop.signal), payload);
  }

  /** Waits without losing the membership; throws when the group rebalances. */
  async #meanwhile(waiting: Promise<void>, payload: EachBatchPayload): Promise<void> {
    let done = false;
    const marked = waiting.then(() => (done = true));
    for (;;) {
      await atMost(HEARTBEAT_MS, marked);
      if (done) return;
      await payload.heartbeat();
    }
  }

  #continues(batch: EachBatchPayload['batch']): boolean {
    const { topic, partition } = batch;
    const from = 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number(batch.firstOffset());
    const verdict = this.#continuity.check(batch, from);
    if (verdict.kind === 'again') this.#client.seek({ topic, partition, offset: String(verdict.offset) });
    if (verdict.kind === 'gap') this.#own.log.error({ topic, partition, expected: verdict.offset, found: from }, 'the broker has deleted records before they were read');
    return verdict.kind !== 'again';
  }

  /** The group's offsets lag a little on purpose: each commit is a write at the broker, and what is read twice takes effect once (L4). */
  #commit(offsets: readonly PartitionOffset[], epoch: number): void {
    if (epoch !== this.#buffer.epoch) return;
    for (const one of offsets) this.#done.set(`${one.topic} ${one.partition}`, { ...one, epoch });
    this.#committing ??= setTimeout(() => void this.#commitDone(), COMMIT_EVERY_MS);
  }

  /** Never for partitions that may belong to another member by now: they will be read again. */
  async #commitDone(): Promise<void> {
    clearTimeout(this.#committing);
    this.#committing = undefined;
    const offsets = [...this.#done.values()].filter(({ epoch }) => epoch === this.#buffer.epoch);
    this.#done.clear();
    if (offsets.length === 0) return;
    try {
      await this.#client.commitOffsets(offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })));
    } catch (error) {
      this.#own.log.debug({ err: error, groupId: this.#options.groupId }, 'offsets were not committed; the records may be read again');
    }
  }
}
