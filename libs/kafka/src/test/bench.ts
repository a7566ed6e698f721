import type { Headers, IncomingRecord, OutgoingRecord } from '@rolebridge/contracts';
import { testStack, uniquePrefix } from '@rolebridge/local-stack';
import { connectKafka } from '../connect.ts';
import type { Log } from '../log.ts';
import type { BatchHandler, Consumer, ConsumerOptions, Kafka } from '../port.ts';

/** What a test of the contract works with; everything opened here is closed by `close`. */
export interface Bench {
  readonly kafka: Kafka;
  readonly brokers: readonly string[];
  /** What was logged as an error. */
  readonly errors: readonly string[];
  /** A new topic, and a group for it. */
  topic(partitions?: number, config?: Record<string, string>): Promise<{ readonly topic: string; readonly groupId: string }>;
  consume(options: ConsumerOptions): Promise<Consumer>;
  /** Closed at the end, newest first. */
  own<T extends { close(): Promise<void> }>(opened: T): T;
  close(): Promise<void>;
}

const SESSION_TIMEOUT_MS = 6_000;

export async function openBench(brokers?: readonly string[]): Promise<Bench> {
  const used = brokers ?? (await testStack()).brokers;
  const prefix = uniquePrefix();
  const errors: string[] = [];
  const opened: { close(): Promise<void> }[] = [];
  const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (_fields, message) => errors.push(message) };
  const kafka = connectKafka({ brokers: used, clientId: 'contract', log, sessionTimeoutMs: SESSION_TIMEOUT_MS, publishTimeoutMs: 4_000 });
  let topics = 0;
  const own = <T extends { close(): Promise<void> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  const admin = own(await kafka.admin());
  return {
    kafka,
    brokers: used,
    errors,
    own,
    async topic(partitions = 3, config = {}) {
      topics += 1;
      const topic = `${prefix}topic-${topics}`;
      await admin.createTopics([{ topic, config }], { partitions });
      return { topic, groupId: `${prefix}group-${topics}` };
    },
    consume: async (options) => own(await kafka.consume(options)),
    async close() {
      for (const one of opened.toReversed()) await one.close();
    },
  };
}

/** A handler that remembers what took effect. */
export function remembering(): { readonly seen: IncomingRecord[]; readonly handler: BatchHandler } {
  const seen: IncomingRecord[] = [];
  return {
    seen,
    handler: (batch) => {
      seen.push(...batch.records);
      return Promise.resolve();
    },
  };
}

export function record(topic: string, key: string, value: string | null, headers: Headers = {}): OutgoingRecord {
  return { topic, key, value, headers };
}

export function valuesOf(records: readonly IncomingRecord[]): readonly (string | undefined)[] {
  return records.map(({ value }) => value?.toString('utf8'));
}

/** Waits until it holds; the failing assertion of the test says what did not. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds()) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
