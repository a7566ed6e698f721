import { GENERATIONS_PER_EPOCH, parseRecord, topicName } from '@rolebridge/contracts';
import type { IncomingRecord } from '@rolebridge/contracts';
import { connectKafka, readOnce } from '@rolebridge/kafka';
import type { Kafka } from '@rolebridge/kafka';
import { loadLandscape } from '@rolebridge/landscape';
import { ConfigurationError } from '@rolebridge/observability';
import type { Logger } from '@rolebridge/observability';
import { connectDatabase, isServed, raiseEpoch } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';

import { CONSUMER } from './decide/records.ts';
import type { RoleMappingEnvironment } from './environment.ts';
import { readUsers } from './inbound/read-users.ts';
import { RulesDesk } from './inbound/rules-desk.ts';
import { SCHEMA } from './schema.ts';
import { openBrake } from './store/brake.ts';
import { databaseClock } from './store/clock.ts';
import { Reevaluation } from './store/reevaluation.ts';
import { republish } from './store/republish.ts';
import { RuleSets } from './store/rule-set.repository.ts';
import { UserIntake } from './store/user-intake.ts';

export interface RestoredOptions {
  readonly environment: RoleMappingEnvironment;
  readonly log: Logger;
  readonly version: string;
  /** Other than in production: tests. */
  readonly schema?: string;
}

/** What the job did. */
export interface Restored {
  readonly epoch: number;
  /** People judged because the topic knew more than the backup. */
  readonly judged: number;
  readonly republished: number;
}

/**
 * The one-shot job after the schema was put back from an older backup, while the service is stopped (L4, L6): starts a higher epoch
 * than connectors have seen, reads the newest rules and everybody from `identity.user.v1`, judges them, and only then emits every
 * account in the new epoch: nobody gets back what was taken since. What follows was published before, so no brake counts it
 * here; each connector's brake stands before what it would really take.
 */
export async function restoreRoleMapping({ environment, log, version, schema = SCHEMA }: RestoredOptions): Promise<Restored> {
  const { DATABASE_URL: url, TOPIC_PREFIX: topicPrefix } = environment;
  const database = connectDatabase({ url, schema, applicationName: `${CONSUMER}-restored`, queue: true, log });
  try {
    if (await isServed(database)) throw new ConfigurationError([`role-mapping is running on the schema ${schema}: stop every instance of it first.`]);
    const systems = loadLandscape(environment.LANDSCAPE_FILE).systems.map(({ name }) => name);
    const kafka = connectKafka({ brokers: environment.KAFKA_BROKERS, clientId: `${CONSUMER}-restored`, log });
    await new RulesDesk({ database, directory: environment.RULES_DIR, systems, log, onAdded: () => undefined }).load();
    const epoch = await raiseEpoch(database, await highestEpoch(kafka, systems.map((system) => topicName('desiredAccount', { system }, topicPrefix))));
    const options = { database, ruleSets: new RuleSets(), clock: databaseClock, settings: { topicPrefix, serviceVersion: version, brake: openBrake } };
    const judged = await catchUp(kafka, database, new UserIntake(options), topicName('user', {}, topicPrefix));
    await sweep(new Reevaluation({ ...options, chunk: environment.SWEEP_CHUNK }));
    const republished = await republishAll(database, topicPrefix);
    log.info({ epoch, judged, republished }, 'what the backup did not know was judged; the service may be started');
    return { epoch, judged, republished };
  } finally {
    await database.close();
  }
}

/** The highest epoch of generations that a connector may have seen. */
async function highestEpoch(kafka: Kafka, topics: readonly string[]): Promise<number> {
  let highest = 0;
  const look = async (records: readonly IncomingRecord[]): Promise<void> => {
    for (const record of records) highest = Math.max(highest, generationIn(record));
    return Promise.resolve();
  };
  for (const topic of topics) await readOnce(kafka, { topic, handler: look });
  return Math.floor(highest / GENERATIONS_PER_EPOCH);
}

/** What cannot be read was refused by the connector as well. */
function generationIn(record: IncomingRecord): number {
  try {
    return record.value === null ? 0 : parseRecord('desiredAccount', record).value.generation;
  } catch {
    return 0;
  }
}

async function catchUp(kafka: Kafka, database: Database, intake: UserIntake, topic: string): Promise<number> {
  let judged = 0;
  const handler = async (records: readonly IncomingRecord[]): Promise<void> => {
    const { users } = readUsers(records);
    judged += (await database.transaction((sql) => intake.again(sql, users))).users;
  };
  await readOnce(kafka, { topic, handler });
  return judged;
}

async function sweep(reevaluation: Reevaluation): Promise<void> {
  for (let after: string | undefined; ; ) {
    const step = await reevaluation.sweep(after);
    if (step.done || step.users === 0) break;
    after = step.last;
  }
  while ((await reevaluation.due()).users > 0);
}

async function republishAll(database: Database, topicPrefix: string): Promise<number> {
  let republished = 0;
  for (let after: string | null = ''; after !== null; ) {
    const part = await republish(database, { operator: 'operator', reason: 'The schema was put back from a backup.', topicPrefix, ...(after !== '' && { after }) });
    republished += part.published;
    after = part.next;
  }
  return republished;
}
