import { GENERATIONS_PER_EPOCH, parseRecord, topicName } from '@rolebridge/contracts';
import type { DesiredAccount, IncomingRecord } from '@rolebridge/contracts';
import { connectKafka, foldNewest, readOnce } from '@rolebridge/kafka';
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
import { loadAccounts, saveAccounts } from './store/assignment.repository.ts';
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
 * than connectors have seen, takes back the accounts it has wished for since, reads the newest rules and everybody from `identity.user.v1`,
 * judges them, and only then emits every account in the new epoch: nobody gets back what was taken since, nobody keeps what has ended since. What follows was published before, so no brake counts it
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
    const epoch = await raiseEpoch(database, await takeBackAccounts(kafka, database, systems.map((system) => topicName('desiredAccount', { system }, topicPrefix))));
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

/**
 * Accounts as last published, also those that the backup does not know: whoever joined and left since must be ended there. Returns the
 * highest epoch of generations that a connector may have seen.
 */
async function takeBackAccounts(kafka: Kafka, database: Database, topics: readonly string[]): Promise<number> {
  let highest = 0;
  const handler = async (records: readonly IncomingRecord[]): Promise<void> => {
    const accounts = foldNewest(records.flatMap(wishesIn), ({ desired }) => desired.generation).map(({ desired }) => desired);
    for (const { generation } of accounts) highest = Math.max(highest, generation);
    await database.transaction(async (sql) => {
      const known = await loadAccounts(sql, accounts.map(({ userId }) => userId));
      const newer = accounts.filter(({ userId, system, generation }) => generation > (known.get(userId)?.get(system)?.generation ?? 0));
      await saveAccounts(sql, newer.map((account) => ({ account, json: JSON.stringify(account) })));
    });
  };
  for (const topic of topics) await readOnce(kafka, { topic, handler });
  return Math.floor(highest / GENERATIONS_PER_EPOCH);
}

/** What cannot be read was refused by the connector as well. */
function wishesIn(record: IncomingRecord): readonly (IncomingRecord & { readonly desired: DesiredAccount })[] {
  if (record.value === null) return [];
  try {
    return [{ ...record, desired: parseRecord('desiredAccount', record).value }];
  } catch {
    return [];
  }
}

/** Each person's newest state alone: judged by an older one, somebody would get back for a moment what was taken. */
async function catchUp(kafka: Kafka, database: Database, intake: UserIntake, topic: string): Promise<number> {
  const newest = new Map<string, number>();
  const look = async (records: readonly IncomingRecord[]): Promise<void> => {
    for (const { id, generation } of readUsers(records).users) newest.set(id, Math.max(generation, newest.get(id) ?? 0));
    return Promise.resolve();
  };
  await readOnce(kafka, { topic, handler: look });
  let judged = 0;
  const handler = async (records: readonly IncomingRecord[]): Promise<void> => {
    const users = readUsers(records).users.filter(({ id, generation }) => generation === newest.get(id));
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
