import type { OutgoingRecord } from '@rolebridge/contracts';
import { Partitioners, type Producer, type Transaction } from 'kafkajs';
import { classify } from '../failure.ts';
import { ownClient, type KafkaSettings } from '../settings.ts';
import { atMost } from '../wait.ts';
import { byTopic, chunksOf } from './chunks.ts';
import { endProducer, PUBLISH_TIMEOUT_MS } from './idempotent.ts';
import type { Sender } from './queue.ts';

/** A transaction of a process that died is ended by the broker after this time; until then its topics' readers wait. */
const TRANSACTION_TIMEOUT_MS = 15_000;
/** The coordinator needs a few milliseconds after each commit before it takes the next transaction (CONCURRENT_TRANSACTIONS). */
const RETRY = { initialRetryTime: 5, maxRetryTime: 200, retries: 12 };

/**
 * Sends each unit of work as one Kafka transaction under an id that fences every older producer with the same id (law L5).
 * After a failure whose end is not known it stays dead: to go on by itself would fence a newer relay. Whoever holds the
 * lock opens a new one.
 */
export async function fencedSender(settings: KafkaSettings, transactionalId: string): Promise<Sender> {
  const { client, sockets } = ownClient(settings);
  const producer = client.producer({
    transactionalId,
    idempotent: false, // of the part outside of transactions, which is not used; transactions always are
    maxInFlightRequests: 1,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: RETRY,
  });
  const limitMs = settings.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS;
  let death: Error | undefined;
  const die = (error: unknown): Error => {
    death ??= classify(error);
    sockets.destroy();
    return death;
  };
  await inTime(limitMs, fenceOthers(producer)).catch((error: unknown) => {
    throw die(error);
  });
  return {
    async send(records) {
      if (death) throw death;
      const outcome = await inTime(limitMs, transact(producer, records)).catch((error: unknown) => {
        throw die(error);
      });
      if (outcome.refused) throw outcome.refused;
    },
    close: () => endProducer({ producer, sockets }),
  };
}

async function inTime<T extends object>(ms: number, work: Promise<T>): Promise<T> {
  const result = await atMost(ms, work);
  if (result) return result;
  throw new Error('The broker did not answer in time.');
}

/** The id is only claimed by a first transaction; an empty one costs a single request. */
async function fenceOthers(producer: Producer): Promise<Transaction> {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
  return transaction;
}

interface Outcome {
  /** The broker refused the records and nothing of them is visible; the sender may go on. */
  readonly refused?: Error;
}

async function transact(producer: Producer, records: readonly OutgoingRecord[]): Promise<Outcome> {
  const transaction = await producer.transaction();
  try {
    for (const chunk of chunksOf(records)) await transaction.sendBatch({ acks: -1, topicMessages: byTopic(chunk) });
  } catch (error) {
    const refused = classify(error);
    if (refused.failure.kind !== 'rejected') throw refused;
    await transaction.abort();
    return { refused };
  }
  await transaction.commit();
  return {};
}
