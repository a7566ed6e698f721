import { DEFAULT_PARTITIONS, type TopicToCreate } from '@rolebridge/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs'; // a CommonJS module that does not show all its names to ESM
import { isolationOfTopic } from './consume/isolation.ts';
import { classify, protocolType } from './failure.ts';
import { seeingOpenTransactions } from './log-end.ts';
import type { KafkaAdmin, Lag } from './port.ts';
import { rangesOf } from './ranges.ts';
import { ownClient, type KafkaSettings } from './settings.ts';
import { atMost } from './wait.ts';

const CLOSE_TIMEOUT_MS = 2_000;
/** The broker's own default. */
const DEFAULT_REPLICAS = -1;
/** How long a broker may take until it serves a topic it has created. */
const SERVED_WITHIN_MS = 20_000;
const SERVED_POLL_MS = 50;
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 };

export async function openAdmin(settings: KafkaSettings): Promise<KafkaAdmin> {
  const [client, whole] = [ownClient(settings), ownClient(settings)];
  const [admin, seeingAll] = [client.client.admin({ retry: RETRY }), seeingOpenTransactions(whole.client).admin({ retry: RETRY })];
  const destroy = (): void => [client, whole].forEach(({ sockets }) => sockets.destroy());
  try {
    await Promise.all([admin.connect(), seeingAll.connect()]);
  } catch (error) {
    destroy();
    throw classify(error);
  }
  /** Whose answers end where the readers of the topic come to. */
  const of = (topic: string): Admin => (isolationOfTopic(topic) === 'uncommitted' ? seeingAll : admin);
  return {
    createTopics: (topics, options = {}) => createTopics(admin, topics, { partitions: options.partitions ?? DEFAULT_PARTITIONS, replicas: options.replicas ?? DEFAULT_REPLICAS }),
    lag: async (groupId, topics) => (await Promise.all(topics.map((topic) => lagOf(of(topic), groupId, topic)))).flat(),
    ranges: (topic, from, partition) => rangesOf(of(topic), topic, from, partition),
    async close() {
      const goodbye = Promise.all([admin, seeingAll].map((one) => one.disconnect().catch(() => undefined)));
      await atMost(CLOSE_TIMEOUT_MS, goodbye); // an admin without broker cannot say goodbye
      destroy();
    },
  };
}

interface Shape {
  readonly partitions: number;
  readonly replicas: number;
}

async function createTopics(admin: Admin, topics: readonly TopicToCreate[], shape: Shape): Promise<{ created: readonly string[]; differing: readonly string[] }> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ topic }) => !existing.has(topic));
  if (missing.length > 0) await createMissing(admin, missing, shape);
  const present = topics.filter(({ topic }) => existing.has(topic));
  return { created: missing.map(({ topic }) => topic), differing: present.length === 0 ? [] : await differing(admin, present) };
}

async function createMissing(admin: Admin, missing: readonly TopicToCreate[], { partitions, replicas }: Shape): Promise<void> {
  const topics = missing.map(({ topic, config }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor: replicas,
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
  }));
  try {
    await admin.createTopics({ topics, waitForLeaders: false });
  } catch (error) {
    if (!isAlreadyThere(error)) throw classify(error); // another process creating the same topics at the same time is fine
  }
  await untilServed(admin, missing.map(({ topic }) => topic));
}

/** kafkajs' own waiting gives up at "unknown topic", which a busy broker answers until it has read of its new topics. */
async function untilServed(admin: Admin, topics: string[]): Promise<void> {
  const end = performance.now() + SERVED_WITHIN_MS;
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics });
      return;
    } catch (error) {
      if (performance.now() > end || !NOT_YET.has(protocolType(error))) throw classify(error);
    }
    await sleep(SERVED_POLL_MS);
  }
}

function isAlreadyThere(error: unknown): boolean {
  const parts: unknown = error instanceof Error && 'errors' in error ? error.errors : undefined;
  if (Array.isArray(parts)) return parts.every(isAlreadyThere);
  return protocolType(error) === 'TOPIC_ALREADY_EXISTS';
}

/** Topics of which some setting differs from the catalogue. They are never changed here: that is an operator's decision. */
async function differing(admin: Admin, topics: readonly TopicToCreate[]): Promise<readonly string[]> {
  const resources = topics.map(({ topic, config }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: Object.keys(config) }));
  const { resources: found } = await admin.describeConfigs({ resources, includeSynonyms: false });
  return topics
    .filter(({ topic, config }) => {
      const entries = found.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
      return Object.entries(config).some(([name, value]) => entries.find(({ configName }) => configName === name)?.configValue !== value);
    })
    .map(({ topic }) => topic);
}

async function lagOf(admin: Admin, groupId: string, topic: string): Promise<readonly Lag[]> {
  const [committed, logs] = await Promise.all([admin.fetchOffsets({ groupId, topics: [topic] }), admin.fetchTopicOffsets(topic)]);
  const group = new Map(committed.flatMap(({ partitions }) => partitions.map(({ partition, offset }) => [partition, Number(offset)] as const)));
  return logs.map(({ partition, high, low }) => {
    const offset = group.get(partition) ?? -1;
    return { topic, partition, offset: offset < 0 ? Number(low) : offset, end: Number(high) };
  });
}
