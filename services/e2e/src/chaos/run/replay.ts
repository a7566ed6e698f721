import { setTimeout as sleep } from 'node:timers/promises';
import { connectorConsumer, type IncomingRecord, topicName } from '@rolebridge/contracts';
import { connectKafka, type KafkaAdmin } from '@rolebridge/kafka';
import { randomOf } from '../random.ts';
import { readTopics } from './read-topics.ts';
import type { Stage } from './stage.ts';

/** Header of records that were written again on purpose. */
export const REDELIVERED = 'chaos_redelivered';

/** Topics that hold the state of people and of their accounts. */
export function stateTopics({ topicPrefix, systems }: Pick<Stage, 'topicPrefix' | 'systems'>): readonly string[] {
  return [topicName('user', {}, topicPrefix), ...systems.map((system) => topicName('desiredAccount', { system }, topicPrefix))];
}

/** Records of the state topics, as services wrote them. */
export async function stateRecords(stage: Stage): Promise<readonly IncomingRecord[]> {
  return (await readTopics(stage, stateTopics(stage))).filter(({ headers }) => headers[REDELIVERED] === undefined);
}

/** Writes records once more where they stood. */
export async function writeAgain(stage: Stage, records: readonly IncomingRecord[]): Promise<void> {
  const publisher = await connectKafka({ brokers: stage.backbone.brokers, clientId: 'chaos-redelivery' }).publisher();
  try {
    await publisher.publish(records.map(({ topic, key, value, headers }) => ({ topic, key: key ?? '', value: value && value.toString('utf8'), headers: { ...headers, [REDELIVERED]: '1' } })));
  } finally {
    await publisher.close();
  }
}

export interface Replayed {
  readonly records: number;
  /** Writes at the targets that followed from it: there must be none. */
  readonly writes: number;
}

/** Every record of the state topics once more, in any order, while nothing else happens; resolves when all readers have read them. */
export async function replayAll(stage: Stage, seed: number): Promise<Replayed> {
  const records = randomOf(seed).shuffle(await stateRecords(stage));
  const admin = await connectKafka({ brokers: stage.backbone.brokers, clientId: 'chaos-replay' }).admin();
  try {
    const writes = await writesAt(stage);
    const before = await lagOf(stage, admin);
    await writeAgain(stage, records);
    await untilRead(stage, admin, before);
    await sleep(SETTLED_MS);
    return { records: records.length, writes: (await writesAt(stage)) - writes };
  } finally {
    await admin.close();
  }
}

const READ_WITHIN_MS = 60_000;
/** Whatever follows from the last record has reached its target by then. */
const SETTLED_MS = 3_000;

/** What was aborted leaves a lag that nobody ever reads; beyond that there must be none. */
async function untilRead(stage: Stage, admin: KafkaAdmin, before: ReadonlyMap<string, number>): Promise<void> {
  for (const end = Date.now() + READ_WITHIN_MS; ; await sleep(200)) {
    const now = await lagOf(stage, admin);
    if ([...now].every(([place, lag]) => lag <= (before.get(place) ?? 0))) return;
    if (Date.now() > end) throw new Error('The records that were written again were not read.');
  }
}

async function lagOf(stage: Stage, admin: KafkaAdmin): Promise<ReadonlyMap<string, number>> {
  const { topicPrefix, systems } = stage;
  const groups = [['role-mapping', topicName('user', {}, topicPrefix)] as const, ...systems.map((system) => [connectorConsumer(system), topicName('desiredAccount', { system }, topicPrefix)] as const)];
  const all = await Promise.all(groups.map(([consumer, topic]) => admin.lag(topicPrefix + consumer, [topic])));
  return new Map(all.flat().map(({ topic, partition, offset, end }) => [`${topic} ${partition}`, Math.max(0, end - offset)]));
}

async function writesAt({ targets, systems }: Stage): Promise<number> {
  const counts = await Promise.all(systems.map(async (system) => ((await (await fetch(`${targets[system]}/_simulator/counters`)).json()) as { readonly writes: number }).writes)); // our own simulators
  return counts.reduce((sum, count) => sum + count, 0);
}
