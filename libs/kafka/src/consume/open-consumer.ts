import { PartitionAssigners } from 'kafkajs';
import { classify } from '../failure.ts';
import { ownClient, type KafkaSettings } from '../settings.ts';
import type { Consumer, ConsumerOptions } from '../port.ts';
import { GroupConsumer } from './consumer.ts';

const SESSION_TIMEOUT_MS = 10_000;
/** How long the group waits for its members when it rebalances. */
const REBALANCE_TIMEOUT_MS = 20_000;
/** The longest wait of a fetch; also how fast an idle member notices a rebalance. */
const FETCH_WAIT_MS = 1_000;
const FETCH_BYTES = 5 * 1024 * 1024;
const RETRY = { initialRetryTime: 100, maxRetryTime: 5_000, retries: 8 };

export async function openConsumer(settings: KafkaSettings, options: ConsumerOptions): Promise<Consumer> {
  const own = ownClient(settings);
  const sessionTimeout = settings.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
  const client = own.client.consumer({
    groupId: options.groupId,
    partitionAssigners: [PartitionAssigners.roundRobin],
    sessionTimeout,
    heartbeatInterval: Math.min(1_000, Math.floor(sessionTimeout / 3)),
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytes: FETCH_BYTES,
    allowAutoTopicCreation: false,
    readUncommitted: options.isolation === 'uncommitted',
    retry: { ...RETRY, restartOnFailure: (error) => consumer.mayRestart(error) },
  });
  const consumer = new GroupConsumer(own, client, options);
  try {
    await consumer.start();
    return consumer;
  } catch (error) {
    await consumer.close();
    throw classify(error);
  }
}
