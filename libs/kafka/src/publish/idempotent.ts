import type { OutgoingRecord } from '@rolebridge/contracts';
import { Partitioners, type Producer } from 'kafkajs';
import { classify } from '../failure.ts';
import { ownClient, type KafkaSettings } from '../settings.ts';
import type { Sockets } from '../sockets.ts';
import { atMost } from '../wait.ts';
import { byTopic, chunksOf } from './chunks.ts';
import type { Sender } from './queue.ts';

export const PUBLISH_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 2_000;
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 5 };

/** A kafkajs producer that can be ended for good. */
export interface OwnProducer {
  readonly producer: Producer;
  /** Ends it politely, and after two seconds in any case. */
  end(): Promise<void>;
  readonly sockets: Sockets;
}

export async function endProducer({ producer, sockets }: Omit<OwnProducer, 'end'>): Promise<void> {
  await atMost(CLOSE_TIMEOUT_MS, producer.disconnect().catch(() => undefined)); // a producer without broker cannot say goodbye
  sockets.destroy();
}

/**
 * Sends with an idempotent producer. After a failure that producer is never used again: kafkajs would give the next records the
 * sequence numbers of the lost ones, and the broker would drop them in silence as duplicates.
 */
export function idempotentSender(settings: KafkaSettings): Sender & { open(): Promise<void> } {
  let current: OwnProducer | undefined;

  const open = async (): Promise<OwnProducer> => {
    if (current) return current;
    const { client, sockets } = ownClient(settings);
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    const opened: OwnProducer = { producer, sockets, end: () => endProducer({ producer, sockets }) };
    current = opened;
    await producer.connect();
    return opened;
  };
  const giveUp = (): void => {
    const spent = current;
    current = undefined;
    spent?.sockets.destroy();
    void spent?.producer.disconnect().catch(() => undefined); // its sockets are gone already
  };
  const work = async (records: readonly OutgoingRecord[]): Promise<true> => {
    const { producer } = await open();
    for (const chunk of chunksOf(records)) await producer.sendBatch({ acks: -1, topicMessages: byTopic(chunk) });
    return true;
  };

  return {
    open: async () => {
      await open();
    },
    async send(records) {
      try {
        const done = await atMost(settings.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS, work(records));
        if (!done) throw new Error('The broker did not answer in time.');
      } catch (error) {
        giveUp();
        throw classify(error);
      }
    },
    async close() {
      await current?.end();
      current = undefined;
    },
  };
}
