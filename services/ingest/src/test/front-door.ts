import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSecret } from '@rolebridge/access';
import { landscapeTopics, parseRecord, sourceKey, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import type { IdentityUser, IncomingRecord, OutgoingRecord, UserChange } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import type { Consumer, Kafka } from '@rolebridge/kafka';
import { testStack, uniquePrefix, uniqueSchema } from '@rolebridge/local-stack';
import { createLogger, loadEnvironment } from '@rolebridge/observability';
import type { RunningService } from '@rolebridge/observability/nest';
import { connectDatabase, migrate } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';
import { stringify } from 'yaml';
import { IngestEnvironment } from '../environment.ts';
import { runIngest } from '../run-ingest.ts';
import { MIGRATIONS } from '../settings.ts';

export const TOKEN = 'ips-token-of-this-test-0123456789abcdefghij';
export const READER_TOKEN = 'reader-token-of-this-test-0123456789abcdef';
/** Of a caller that may use the proxy API of every system. */
/** As that one, answered when the target has it. */
export const APPLIED_TOKEN = 'applied-token-of-this-test-0123456789abcdef';
export const PROXY_TOKEN = 'idm-token-of-this-test-0123456789abcdefghij';
export const OPERATOR_TOKEN = 'operator-token-of-this-test-0123456789abcde';
/** The landscape of these tests; nobody connects to it. */
export const SYSTEMS = [
  { name: 'fieldglass', kind: 'fieldglass', url: 'https://abc123.fgvms.com', proxy: { waitMs: 6000 } },
  { name: 'sales-cloud', kind: 'sales-cloud', url: 'https://my1.example.com' },
];
export const IDM = '/idm/test';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** What tests look for in an answer: a user, a list, a document or an error. */
export interface Body {
  readonly id: string;
  readonly userName: string;
  readonly title?: string;
  readonly active?: boolean;
  readonly name: { readonly familyName?: string } | string;
  readonly meta: { readonly version: string; readonly location: string };
  readonly status?: string;
  readonly scimType?: string;
  readonly detail: string;
  readonly totalResults: number;
  readonly Resources: readonly { readonly id: string; readonly userName?: string }[];
  readonly lines: readonly { readonly sourceKey: string }[];
  readonly next: string | null;
}

/** A front door with a schema, topics and callers of its own, on the real broker and database, and what it has published. */
export class FrontDoor {
  readonly prefix = uniquePrefix();
  readonly schema = uniqueSchema();
  readonly users: IdentityUser[] = [];
  readonly records: IncomingRecord[] = [];
  readonly groupRecords: IncomingRecord[] = [];
  readonly letters: IncomingRecord[] = [];
  readonly environment: Readonly<Record<string, string>>;
  #running: RunningService[] = [];
  #reader: Consumer | undefined;
  #closed = false;

  private constructor(
    readonly folder: string,
    readonly kafka: Kafka,
    readonly database: (schema: string) => Database,
    environment: Readonly<Record<string, string>>,
  ) {
    this.environment = environment;
  }

  /** @param variables further environment, e.g. another `DATABASE_URL` */
  static async open(variables: Readonly<Record<string, string>> = {}): Promise<FrontDoor> {
    const { brokers, databaseUrl } = await testStack();
    const folder = await mkdtemp(join(tmpdir(), 'ingest-'));
    const environment = {
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: brokers.join(','),
      LANDSCAPE_FILE: join(folder, 'systems.yaml'),
      ACCEPT_TIMEOUT_MS: '20000',
      CALLERS_FILE: join(folder, 'callers.yaml'),
      OPERATORS_FILE: join(folder, 'operators.yaml'),
      ...variables,
    };
    const connect = (schema: string) => connectDatabase({ url: databaseUrl, schema, applicationName: 'test' });
    const door = new FrontDoor(folder, connectKafka({ brokers, clientId: 'test' }), connect, environment);
    await door.#prepare(databaseUrl);
    await door.serve();
    return door;
  }

  async #prepare(url: string): Promise<void> {
    const caller = async (name: string, secret: string, rights: readonly string[]) => ({ name, rights, secrets: [await hashSecret(secret, 'sha256')] });
    const proxying = { ...(await caller('idm', PROXY_TOKEN, ['read', 'write'])), systems: SYSTEMS.map(({ name }) => name) };
    const callers = [await caller('ips', TOKEN, ['read', 'write']), await caller('audit', READER_TOKEN, ['read']), proxying, { ...(await caller('idm-applied', APPLIED_TOKEN, ['read', 'write'])), systems: SYSTEMS.map(({ name }) => name), answer: 'applied' }];
    await writeFile(join(this.folder, 'callers.yaml'), stringify({ callers }));
    await writeFile(join(this.folder, 'systems.yaml'), stringify({ systems: SYSTEMS }));
    await writeFile(join(this.folder, 'operators.yaml'), stringify({ operators: [await caller('night-shift', OPERATOR_TOKEN, ['read', 'operate', 'approve'])] }));
    await migrate({ url, schema: this.schema, directory: MIGRATIONS });
    const admin = await this.kafka.admin();
    await admin.createTopics(landscapeTopics(SYSTEMS.map(({ name }) => name), this.prefix), { partitions: 2 });
    await admin.close();
    await this.#read();
    await eventually(() => this.#reader?.isReady() === true);
  }

  /** A broker that has just started may refuse a group for good; then the reader joins again. */
  async #read(): Promise<void> {
    this.#reader = await this.kafka.consume({
      groupId: `${this.prefix}reader`,
      topics: [topicName('user', {}, this.prefix), topicName('group', {}, this.prefix), topicName('deadLetter', { consumer: 'ingest' }, this.prefix)],
      handler: async ({ records }) => records.forEach((record) => this.#note(record)),
    });
    this.#reader.failed.catch(async () => {
      if (!this.#closed) await this.#read();
    });
  }

  #note(record: IncomingRecord): void {
    if (record.topic.includes('dead-letter')) this.letters.push(record);
    else if (record.topic.endsWith(TOPICS.group.pattern)) this.groupRecords.push(record);
    else {
      this.records.push(record);
      if (record.value !== null) this.users.push(parseRecord('user', record).value);
    }
  }

  /** @returns a service; several may run at once on the same schema and topics */
  async serve(): Promise<RunningService> {
    const environment = loadEnvironment(IngestEnvironment, { ...this.environment, TOPIC_PREFIX: this.prefix, LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent', PORT: '0' });
    const log = createLogger({ service: 'ingest', level: environment.LOG_LEVEL });
    const running = await runIngest({ environment, log, version: 'test', schema: this.schema, exit: () => undefined });
    this.#running.push(running);
    return running;
  }

  get brokers(): readonly string[] {
    return (this.environment['KAFKA_BROKERS'] ?? '').split(',');
  }

  get url(): string {
    return this.#running[0]?.url ?? '';
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.close()));
    this.#running = [];
  }

  async call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && { 'content-type': 'application/scim+json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Body };
  }

  post = (body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer> => this.call('POST', '/scim/v2/Users', body, headers);

  /** A record of `idm.user-change.v1`. */
  change(change: UserChange, more: { readonly id?: string; readonly source?: string } = {}): OutgoingRecord {
    const source = more.source ?? IDM;
    const key = sourceKey(source, change.recordId);
    const headers = toHeaders({ source, type: TOPICS.userChange.eventType, subject: key, time: new Date().toISOString(), correlationid: 'c', ...(more.id && { id: more.id }) });
    return { topic: topicName('userChange', {}, this.prefix), key, value: JSON.stringify(change), headers };
  }

  async send(...records: readonly OutgoingRecord[]): Promise<void> {
    const publisher = await this.kafka.publisher();
    await publisher.publish(records);
    await publisher.close();
  }

  /** What was published about one person, in order. */
  of(userName: string): readonly IdentityUser[] {
    return this.users.filter(({ resource }) => resource.userName === userName);
  }

  async sql<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const database = this.database(this.schema);
    try {
      return await database.query<Row>(text, parameters);
    } finally {
      await database.close();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
    await this.#reader?.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Waits until it is so; an error that it never became so. */
export async function eventually(isSo: () => boolean | Promise<boolean>, timeoutMs = 40_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
