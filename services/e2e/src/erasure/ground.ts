import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { landscapeTopics, type IncomingRecord, type OutgoingRecord, type TopicToCreate } from '@rolebridge/contracts';
import { connectKafka, type Publisher } from '@rolebridge/kafka';
import { startKafka, testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase, type Database } from '@rolebridge/persistence';
import { type Composition, ROOT, SERVICE_NAMES, stopAll } from '../landscape/composition.ts';
import { emptyDatabase } from '../landscape/empty-database.ts';
import { freePorts } from '../landscape/free-ports.ts';
import { launch } from '../landscape/launch.ts';
import { type LocalLandscape, localLandscape } from '../landscape/local-landscape.ts';

/** The times of the catalogue and of the services, made so short that a test can wait for them; their order stays. */
export const TIMES = { eraseAfterMs: 4_000, tombstoneAfterMs: 2_500, segmentMs: 1_500, compactionLagMs: 2_000, deleteRetentionMs: 1_000, retentionMs: 25_000 } as const;

const BROKER = {
  'log.cleaner.backoff.ms': 200,
  'log.retention.check.interval.ms': 500,
  'log.initial.task.delay.ms': 100,
  'log.segment.delete.delay.ms': 100,
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

function shortened({ topic, config }: TopicToCreate): TopicToCreate {
  const own: Readonly<Record<string, string>> =
    config['cleanup.policy'] === 'delete'
      ? { ...config, 'retention.ms': String(TIMES.retentionMs), 'segment.ms': String(TIMES.segmentMs) }
      : { ...config, 'segment.ms': String(TIMES.segmentMs), 'min.compaction.lag.ms': '0', 'max.compaction.lag.ms': String(TIMES.compactionLagMs), 'delete.retention.ms': String(TIMES.deleteRetentionMs), 'min.cleanable.dirty.ratio': '0.01' };
  return { topic, config: { ...own, 'file.delete.delay.ms': '100' } };
}

interface GroundParts {
  readonly landscape: LocalLandscape;
  readonly composition: Composition;
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly dataDir: string;
  readonly publisher: Publisher;
  readonly closing: readonly (() => Promise<unknown>)[];
}

/** The whole landscape as processes, on a broker of its own that forgets quickly. */
export class Ground {
  readonly landscape: LocalLandscape;
  readonly composition: Composition;
  readonly database: Database;
  readonly #parts: GroundParts;

  private constructor(parts: GroundParts) {
    this.#parts = parts;
    this.landscape = parts.landscape;
    this.composition = parts.composition;
    this.database = parts.database;
  }

  static async open(): Promise<Ground> {
    const folder = await mkdtemp(path.join(tmpdir(), 'rolebridge-erasure-'));
    const dataDir = path.join(folder, 'kafka');
    const kafka = await startKafka({ dataDir, settings: BROKER });
    const [ingest = 0, roleMapping = 0, connectorSalesCloud = 0, connectorFieldglass = 0, salesCloud = 0, fieldglass = 0] = await freePorts(6);
    const landscape = await localLandscape({ folder, rulesFolder: path.join(ROOT, 'deploy', 'rules'), ports: { ingest, roleMapping, connectorSalesCloud, connectorFieldglass, salesCloud, fieldglass }, settleMs: 300 });
    const { databaseUrl: server } = await testStack();
    const databaseUrl = await emptyDatabase({ databaseUrl: server }, uniqueSchema());
    const connected = connectKafka({ brokers: kafka.brokers, clientId: 'erasure' });
    const admin = await connected.admin();
    await admin.createTopics(landscapeTopics(landscape.systems).map(shortened), { partitions: 1 });
    await admin.close();
    const hours = { ERASE_TOMBSTONE_HOURS: String(TIMES.tombstoneAfterMs / HOUR_MS) };
    const extra = { ...Object.fromEntries(SERVICE_NAMES.map((name) => [name, hours])), ingest: { ...hours, ERASE_AFTER_DAYS: String(TIMES.eraseAfterMs / DAY_MS) } };
    const composition = await launch({ landscape, backbone: { brokers: kafka.brokers, databaseUrl }, extra, onRestart: () => undefined }, new AbortController().signal);
    const database = connectDatabase({ url: databaseUrl, schema: 'public', applicationName: 'erasure-test' });
    const publisher = await connected.publisher();
    const closing = [() => publisher.close(), () => stopAll(composition), () => database.close(), () => kafka.stop(), () => rm(folder, { recursive: true, force: true })];
    return new Ground({ landscape, composition, database, brokers: kafka.brokers, dataDir, publisher, closing });
  }

  async close(): Promise<void> {
    for (const end of this.#parts.closing) await end();
  }

  send(...records: readonly OutgoingRecord[]): Promise<void> {
    return this.#parts.publisher.publish(records);
  }

  async call(method: string, url: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const token = url.startsWith('/operator') ? this.landscape.secrets.operatorToken : this.landscape.secrets.callerToken;
    const type = url.startsWith('/operator') ? 'application/json' : 'application/scim+json';
    return fetch(`http://127.0.0.1:${this.landscape.ports.ingest}${url}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  topics(): readonly string[] {
    return landscapeTopics(this.landscape.systems).map(({ topic }) => topic);
  }

  /** Every record of these topics from the beginning to what is their end now. */
  async records(topics: readonly string[] = this.topics()): Promise<readonly IncomingRecord[]> {
    const kafka = connectKafka({ brokers: this.#parts.brokers, clientId: 'erasure-reader' });
    const admin = await kafka.admin();
    const found: IncomingRecord[] = [];
    const fail = (error: unknown): never => {
      throw error instanceof Error ? error : new Error('The topic could not be read.');
    };
    for (const topic of topics) {
      const ranges = (await admin.ranges(topic, { kind: 'beginning' })).filter(({ from, until }) => from < until);
      const handler = async (records: readonly IncomingRecord[]): Promise<void> => void found.push(...records);
      if (ranges.length > 0) await kafka.reread({ groupId: `reader-${randomUUID()}`, topic, ranges, handler, onFailure: fail, signal: AbortSignal.timeout(60_000) });
    }
    await admin.close();
    return found;
  }

  /** Rows, as text, of all tables of all schemas. */
  async rows(): Promise<readonly (readonly [string, string])[]> {
    const tables = await this.database.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const found = await Promise.all(tables.map(async ({ name }) => (await this.database.query<{ row: string }>(`select t::text as row from ${name} t`)).map(({ row }) => [name, row] as const)));
    return found.flat();
  }

  /** The bytes of the broker's log files. */
  async logFiles(): Promise<readonly (readonly [string, Buffer])[]> {
    return readAll(path.join(this.#parts.dataDir, 'logs'), (name) => name.includes('.log'));
  }

  /** What the services have written for operators. */
  async serviceLogs(): Promise<readonly (readonly [string, Buffer])[]> {
    const all = await readAll(path.join(this.landscape.folder, 'logs'), () => true);
    return all.filter(([file]) => !file.includes('simulated'));
  }
}

/** A file that the broker has just deleted holds nothing. */
async function readAll(folder: string, wanted: (name: string) => boolean): Promise<readonly (readonly [string, Buffer])[]> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && wanted(entry.name));
  return Promise.all(names.map(async ({ parentPath, name }) => [path.join(path.basename(parentPath), name), await readFile(path.join(parentPath, name)).catch(() => Buffer.alloc(0))] as const));
}
