import type { OutgoingRecord } from '@rolebridge/contracts';
import kafkajs from 'kafkajs'; // a CommonJS module that does not show all its names to ESM

export interface OpenTransaction {
  /** Gives it up. */
  end(): Promise<void>;
}

/** Longer than any test: nobody but the broker would end it. */
const LASTS_MS = 600_000;

/** For tests: records of one topic in a transaction that stays open, as a relay leaves it that was killed in the middle of its work. */
export async function openTransaction(brokers: readonly string[], records: readonly OutgoingRecord[]): Promise<OpenTransaction> {
  const [{ topic } = { topic: '' }] = records;
  const client = new kafkajs.Kafka({ clientId: 'killed-relay', brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({ transactionalId: `${topic}.killed-relay`, idempotent: true, maxInFlightRequests: 1, transactionTimeout: LASTS_MS });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })) });
  return {
    async end() {
      await transaction.abort();
      await producer.disconnect();
    },
  };
}
