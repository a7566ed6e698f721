import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { landscapeTopics, parseRecord, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import type { DesiredAccount, IdentityUser, IncomingRecord, OutgoingRecord, Outcome } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import type { Batch, Consumer, Kafka } from '@rolebridge/kafka';
import type { BrakeSettings } from '@rolebridge/landscape';
import { testStack, uniquePrefix, uniqueSchema } from '@rolebridge/local-stack';
import { createLogger, loadEnvironment } from '@rolebridge/observability';
import { hashSecret } from '@rolebridge/access';
import { migrate } from '@rolebridge/persistence';
import { stringify } from 'yaml';

import type { RuleFile } from '../decide/rule-set.ts';
import { RoleMappingEnvironment } from '../environment.ts';
import { runRoleMapping } from '../inbound/run-role-mapping.ts';
import type { RunOptions, RunningRoleMapping } from '../inbound/run-role-mapping.ts';
import { MIGRATIONS } from '../schema.ts';

export const OPERATOR_TOKEN = 'operator-token-of-this-test-0123456789abcdef';

/** A broker, a schema and a folder of rules of their own, and whatever arrives at the topics. */
export class Landscape {
  readonly prefix = uniquePrefix();
  readonly schema = uniqueSchema();
  readonly accounts: DesiredAccount[] = [];
  readonly outcomes: Outcome[] = [];
  readonly letters: IncomingRecord[] = [];
  readonly #exits: number[] = [];
  #running: RunningRoleMapping[] = [];
  #reader: Consumer | undefined;

  private constructor(
    readonly folder: string,
    readonly kafka: Kafka,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async start(systems: readonly string[], brake: Partial<BrakeSettings> = { enabled: false }): Promise<Landscape> {
    const { brokers, databaseUrl } = await testStack();
    const folder = await mkdtemp(join(tmpdir(), 'role-mapping-'));
    const kafka = connectKafka({ brokers, clientId: 'test' });
    const environment = {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: brokers.join(','),
      LANDSCAPE_FILE: join(folder, 'systems.yaml'),
      OPERATORS_FILE: join(folder, 'operators.yaml'),
      RULES_DIR: join(folder, 'rules'),
      SWEEP_PAUSE_MS: '5',
    };
    const landscape = new Landscape(folder, kafka, environment);
    await landscape.#prepare(systems, databaseUrl, brake);
    return landscape;
  }

  async #prepare(systems: readonly string[], url: string, brake: Partial<BrakeSettings>): Promise<void> {
    await writeFile(this.environment['LANDSCAPE_FILE'] ?? '', stringify({ brake, systems: systems.map((name) => ({ name, kind: name, url: 'https://target.example.org' })) }));
    const operators = [{ name: 'night-shift', rights: ['read', 'operate', 'approve'], secrets: [await hashSecret(OPERATOR_TOKEN, 'sha256')] }];
    await writeFile(this.environment['OPERATORS_FILE'] ?? '', stringify({ operators }));
    await migrate({ url, schema: this.schema, directory: MIGRATIONS });
    const admin = await this.kafka.admin();
    await admin.createTopics(landscapeTopics(systems, this.prefix), { partitions: 2 });
    await admin.close();
    const of = (id: 'desiredAccount' | 'outcome' | 'deadLetter', scope = {}) => topicName(id, scope, this.prefix);
    this.#reader = await this.#read([...systems.map((system) => of('desiredAccount', { system })), of('outcome'), of('deadLetter', { consumer: 'role-mapping' })]);
  }

  /**
   * Reads as a process that is started again when it dies: a broker that has just come up has no group coordinator for a moment,
   * and that ends a consumer for good. Once this reader is a member, the services of the test find the coordinator there.
   */
  async #read(topics: readonly string[], attempts = 10): Promise<Consumer> {
    const handler = async ({ records }: Batch): Promise<void> => records.forEach((record) => this.#note(record));
    const reader = await this.kafka.consume({ groupId: `${this.prefix}reader`, topics, handler });
    try {
      await Promise.race([reader.failed, eventually(() => reader.isReady())]);
      return reader;
    } catch (error) {
      await reader.close();
      if (attempts === 1) throw error;
      return this.#read(topics, attempts - 1);
    }
  }

  #note(record: IncomingRecord): void {
    if (record.topic.includes('dead-letter')) this.letters.push(record);
    else if (record.topic.includes('outcome')) this.outcomes.push(parseRecord('outcome', record).value);
    else this.accounts.push(parseRecord('desiredAccount', record).value);
  }

  async rules(system: string, file: RuleFile): Promise<void> {
    await mkdir(join(this.folder, 'rules', system), { recursive: true });
    await writeFile(join(this.folder, 'rules', system, 'rules.yaml'), stringify(file));
  }

  async serve(changes: Partial<RunOptions> = {}): Promise<RunningRoleMapping> {
    const running = await runRoleMapping({
      environment: loadEnvironment(RoleMappingEnvironment, { ...this.environment, PORT: '0', TOPIC_PREFIX: this.prefix }),
      log: createLogger({ service: 'role-mapping', level: 'silent' }),
      version: 'test',
      schema: this.schema,
      exit: (code) => this.#exits.push(code),
      ...changes,
    });
    this.#running.push(running);
    return running;
  }

  get brokers(): readonly string[] {
    return (this.environment['KAFKA_BROKERS'] ?? '').split(',');
  }

  /** As this landscape is configured, on the topics of another one. */
  environmentFor(prefix: string): RoleMappingEnvironment {
    return loadEnvironment(RoleMappingEnvironment, { ...this.environment, PORT: '0', TOPIC_PREFIX: prefix });
  }

  async send(...records: readonly OutgoingRecord[]): Promise<void> {
    const publisher = await this.kafka.publisher();
    await publisher.publish(records);
    await publisher.close();
  }

  record(user: IdentityUser): OutgoingRecord {
    const headers = toHeaders({ source: '/rolebridge/ingest', type: TOPICS.user.eventType, subject: user.id, time: user.cause.at, correlationid: user.cause.correlationId });
    return { topic: topicName('user', {}, this.prefix), key: user.id, value: JSON.stringify(user), headers };
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.close()));
    await this.#reader?.close();
    await rm(this.folder, { recursive: true, force: true });
    if (this.#exits.length > 0) throw new Error(`a service ended by itself during the test, exit code ${this.#exits.join(', ')}`);
  }
}

/** Waits until it is so; an error that it never became so. */
export async function eventually(isSo: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
