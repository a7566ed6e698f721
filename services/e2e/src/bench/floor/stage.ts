import { type IncomingRecord, TOPICS, type TopicToCreate, toHeaders } from '@rolebridge/contracts';
import { type Batch, connectKafka, type Kafka, type Log as KafkaLog } from '@rolebridge/kafka';
import { connectDatabase, type Database, migrate, offsetStore, startRelay } from '@rolebridge/persistence';
import type { FloorEnvironment } from './environment.ts';

/** A record of the floor: nothing is decided, so that it passes every hop as it came in. */
export interface FloorUser {
  readonly id: string;
  readonly generation: number;
  readonly resource: { readonly userName: string };
}

export type Stage = 'front' | 'middle' | 'last';

/** The same columns and indexes that the services write for a new person, without those that only later changes use. */
const TABLES: Readonly<Record<Stage, string>> = {
  front: `
    create table users (id uuid primary key, generation bigint not null, user_name text not null, resource jsonb not null, created_at timestamptz not null default now());
    create unique index users_user_name on users (user_name);`,
  middle: `
    create table user_state (user_id uuid primary key, generation bigint not null, identity jsonb not null);
    create table assignment (user_id uuid not null, target int not null, generation bigint not null, desired jsonb not null, primary key (user_id, target));`,
  last: `
    create table link (target int not null, user_id uuid not null, newest_seen bigint not null, desired jsonb not null, applied bigint, last_applied jsonb,
      state text not null, not_before timestamptz not null, primary key (target, user_id)) with (fillfactor = 80);
    create index link_due on link (target, not_before) where state in ('pending', 'applying');
    select queue_table('link');`,
};

export const topicOf = {
  user: (prefix: string): string => `${prefix}floor.user.v1`,
  account: (prefix: string, target: number): string => `${prefix}floor.${target}.account.v1`,
  outcome: (prefix: string): string => `${prefix}floor.outcome.v1`,
};

/** The floor's topics, with the settings of their models. */
export function floorTopics(prefix: string, targets: number): readonly TopicToCreate[] {
  return [
    { topic: topicOf.user(prefix), config: TOPICS.user.config },
    { topic: topicOf.outcome(prefix), config: TOPICS.outcome.config },
    ...Array.from({ length: targets }, (_, target) => ({ topic: topicOf.account(prefix, target), config: TOPICS.desiredAccount.config })),
  ];
}

/** Makes the tables of all three processes. */
export async function createFloorTables(url: string): Promise<void> {
  for (const stage of ['front', 'middle', 'last'] as const) {
    const schema = schemaOf(stage);
    await migrate({ url, schema });
    const database = connectDatabase({ url, schema, applicationName: schema });
    await database.query(TABLES[stage]);
    await database.close();
  }
}

export interface Running {
  readonly database: Database;
  readonly kafka: Kafka;
}

/** Database, broker and relay of one process. A failure ends it, and with it the benchmark. */
export function startStage(stage: Stage, { databaseUrl: url, brokers, topicPrefix }: FloorEnvironment): Running {
  process.once('SIGTERM', () => process.exit()); // in an orderly way, so that a profile is written
  const schema = schemaOf(stage);
  const kafka = connectKafka({ brokers, clientId: schema, log: LOG });
  const database = connectDatabase({ url, schema, applicationName: schema, queue: true });
  const relay = startRelay({ url, schema, openPublisher: () => kafka.fencedPublisher(`${topicPrefix}${schema}.relay`), log: LOG });
  relay.failed.catch(end);
  return { database, kafka };
}

export async function consume({ kafka, database }: Running, topic: string, handler: (batch: Batch) => Promise<void>): Promise<void> {
  const consumer = await kafka.consume({ groupId: `${topic}.reader`, topics: [topic], handler, offsets: offsetStore(database) });
  consumer.failed.catch(end);
}

/** The JSON texts of a batch, once per person: the newest. */
export function newest(records: readonly IncomingRecord[]): readonly FloorUser[] {
  const users = new Map<string, FloorUser>();
  for (const { value } of records) {
    if (value === null) continue;
    const user = JSON.parse(value.toString()) as FloorUser; // written by the process before this one
    users.set(user.id, user);
  }
  return [...users.values()];
}

/** Headers of the size that ours have. */
export function headersOf(id: string, type: string): Readonly<Record<string, string>> {
  return toHeaders({ source: '/rolebridge/floor', type, subject: id, time: new Date().toISOString(), correlationid: id });
}

function schemaOf(stage: Stage): string {
  return `floor_${stage}`;
}

function end(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

const say = (fields: object, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.message : value))}\n`);
};
const LOG: KafkaLog = { debug: () => undefined, info: say, warn: say, error: say };
