import { BaseRpcContext, Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { isolationOf } from '../consume/isolation.ts';
import type { Batch, Consumer, Kafka, OffsetStore } from '../port.ts';

/** What a handler with `@EventPattern(pattern)` is given. */
export interface Subscription {
  /** Logical name, as in the catalogue: `TOPICS.user.pattern`. */
  readonly pattern: string;
  /** Real topic names. */
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly offsets?: OffsetStore;
  readonly maxBatchRecords?: number;
  /** As in `ConsumerOptions`. */
  readonly gatherMs?: number;
}

export interface KafkaBatchServerOptions {
  readonly kafka: Kafka;
  readonly subscriptions: readonly Subscription[];
}

export const KAFKA_BATCHES = Symbol('kafka batches');

/**
 * Hands batches of records to `@EventPattern` handlers of Nest. The promise or observable that a handler returns decides: when
 * it fails, nothing took effect and the same records come again.
 */
export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  override readonly transportId = KAFKA_BATCHES;
  /** Resolves never; rejects when a consumer died for good and the process should exit non-zero. */
  readonly failed: Promise<never>;
  readonly #failure = Promise.withResolvers<never>();
  readonly #options: KafkaBatchServerOptions;
  #consumers: readonly Consumer[] = [];

  constructor(options: KafkaBatchServerOptions) {
    super();
    this.#options = options;
    this.failed = this.#failure.promise;
    this.failed.catch(() => undefined); // whoever cares awaits it
  }

  /** Whether every subscription is a joined member of its group. */
  isReady(): boolean {
    return this.#consumers.length === this.#options.subscriptions.length && this.#consumers.every((consumer) => consumer.isReady());
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      return callback(error);
    }
    callback();
  }

  async close(): Promise<void> {
    const consumers = this.#consumers;
    this.#consumers = [];
    await Promise.all(consumers.map((consumer) => consumer.close()));
  }

  on(): never {
    throw new Error('KafkaBatchServer has no events: await its promise `failed`.');
  }

  unwrap(): never {
    throw new Error('KafkaBatchServer shows no client: use the Kafka it was given.');
  }

  async #start(): Promise<void> {
    this.#checkHandlers();
    const starting = this.#options.subscriptions.map((subscription) => this.#subscribe(subscription));
    const started = await Promise.allSettled(starting);
    this.#consumers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const broken = started.find((result) => result.status === 'rejected');
    if (!broken) return;
    await this.close();
    throw broken.reason;
  }

  #checkHandlers(): void {
    const subscribed = new Set(this.#options.subscriptions.map(({ pattern }) => pattern));
    const problems = [
      ...[...subscribed].filter((pattern) => !this.#handlerOf(pattern)).map((pattern) => `"${pattern}" is subscribed but no @EventPattern handler takes it`),
      ...[...this.messageHandlers.keys()].filter((pattern) => !subscribed.has(pattern)).map((pattern) => `a handler waits for "${pattern}" but nothing subscribes it`),
    ];
    if (problems.length > 0) throw new Error(`Kafka subscriptions and handlers do not match: ${problems.join('; ')}.`);
  }

  #handlerOf(pattern: string): MessageHandler | null {
    return this.getHandlerByPattern(pattern);
  }

  async #subscribe({ pattern, ...subscription }: Subscription): Promise<Consumer> {
    const handler = this.#handlerOf(pattern);
    if (!handler) throw new Error(`No handler for "${pattern}".`);
    const consumer = await this.#options.kafka.consume({ ...subscription, isolation: isolationOf(pattern), handler: (batch) => deliver(handler, batch, pattern) });
    consumer.failed.catch((error: unknown) => this.#failure.reject(error));
    return consumer;
  }
}

async function deliver(handler: MessageHandler, batch: Batch, pattern: string): Promise<void> {
  const answer: unknown = await handler(batch, new BaseRpcContext([pattern]));
  if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
}
