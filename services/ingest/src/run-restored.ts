import { randomUUID } from 'node:crypto';
import { topicName } from '@rolebridge/contracts';
import type { IncomingRecord } from '@rolebridge/contracts';
import { connectKafka, readOnce } from '@rolebridge/kafka';
import type { Kafka, KafkaAdmin } from '@rolebridge/kafka';
import { ConfigurationError } from '@rolebridge/observability';
import type { Logger } from '@rolebridge/observability';
import { connectDatabase, isServed, offsetStore, raiseEpoch, saveOffsets } from '@rolebridge/persistence';
import { readSourceEvent } from './decide/source-event.ts';
import type { IngestEnvironment } from './environment.ts';
import { CONSUMER, SCHEMA, settingsOf } from './settings.ts';
import { changeInbox } from './store/change-inbox.ts';
import type { InboxParts } from './store/inbox-parts.ts';
import { gapOf, NewerUsers, saveWorkedLines, takeBack } from './store/learn-back.ts';
import { newUserId } from './store/new-user-id.ts';
import { republishNext } from './store/republish.ts';

export interface RestoredOptions {
  readonly environment: IngestEnvironment;
  readonly log: Logger;
  readonly version: string;
  /** Other than in production: tests. */
  readonly schema?: string;
}

/** What the job did. */
export interface Restored {
  readonly epoch: number;
  /** People who were accepted or changed after the backup. */
  readonly learned: number;
  /** Change events that had no effect yet and were worked again. */
  readonly worked: number;
  readonly republished: number;
}

/**
 * The one-shot job after the schema was put back from an older backup, while the service is stopped (L4, L6): takes people back from
 * `identity.user.v1`, works what is left of the change events, starts a higher epoch and emits everybody's state in it.
 * May be run again: then it finds nothing newer.
 */
export async function restoreIngest({ environment, log, version, schema = SCHEMA }: RestoredOptions): Promise<Restored> {
  const settings = settingsOf(environment);
  const database = connectDatabase({ url: environment.DATABASE_URL, schema, applicationName: `${CONSUMER}-restored`, log });
  try {
    if (await isServed(database)) throw new ConfigurationError([`ingest is running on the schema ${schema}: stop every instance of it first.`]);
    const kafka = connectKafka({ brokers: environment.KAFKA_BROKERS, clientId: `${CONSUMER}-restored`, log });
    const parts: InboxParts = { database, now: () => new Date(), monotonicMs: () => performance.now(), newId: () => newUserId(), settings: { ...settings, consumer: CONSUMER }, serviceVersion: version, onFate: () => undefined };
    const newer = new NewerUsers();
    await readOnce(kafka, { topic: settings.userTopic, handler: (records) => newer.add(database, records) });
    const learned = await takeBack(database, newer);
    const epoch = await raiseEpoch(database, newer.epoch);
    const worked = await workGap(kafka, parts, newer);
    const republished = await republishAll(parts);
    log.info({ epoch, learned, worked, republished }, 'what the backup did not know was taken back; the service may be started');
    return { epoch, learned, worked, republished };
  } finally {
    await database.close();
  }
}

async function asAdmin<T>(kafka: Kafka, ask: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
  const admin = await kafka.admin();
  try {
    return await ask(admin);
  } finally {
    await admin.close();
  }
}

/** The events behind the offsets in the backup, to the end: how far the group really was nobody knows, its own offsets are committed later than the work. */
async function workGap(kafka: Kafka, parts: InboxParts, newer: NewerUsers): Promise<number> {
  const { database, settings } = parts;
  const topic = topicName('userChange', {}, settings.topicPrefix);
  const groupId = settings.topicPrefix + CONSUMER;
  const stored = await offsetStore(database).load(groupId, [topic]);
  const all = await asAdmin(kafka, (admin) => admin.ranges(topic, { kind: 'beginning' }));
  const ranges = all.map(({ partition, from, until }) => ({ partition, from: Math.max(from, stored.find((one) => one.partition === partition)?.offset ?? 0), until })).filter(({ from, until }) => from < until);
  const records: IncomingRecord[] = [];
  if (ranges.length > 0) await readOnce(kafka, { topic, from: ranges, handler: async (read) => void records.push(...read) });
  const events = records.flatMap((record) => {
    const reading = readSourceEvent(record, settings.model);
    return reading.kind === 'event' ? [reading.event] : [];
  });
  const gap = gapOf(events, newer);
  await database.transaction((sql) => saveWorkedLines(sql, gap.lines));
  if (gap.again.length > 0) await changeInbox(parts)({ consumer: groupId, records: gap.again, offsets: [] });
  await database.transaction((sql) => saveOffsets(sql, groupId, ranges.map(({ partition, until }) => ({ topic, partition, offset: until }))));
  return gap.again.length;
}

async function republishAll(parts: InboxParts): Promise<number> {
  const correlationId = randomUUID();
  let republished = 0;
  for (let after: string | null | undefined; after !== null; ) {
    const part = await republishNext(parts, after, { correlationId });
    republished += part.published;
    after = part.next;
  }
  return republished;
}
