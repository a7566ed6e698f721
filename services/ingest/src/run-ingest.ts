import { loadCallers, loadOperators } from '@rolebridge/access';
import { TOPICS, topicName } from '@rolebridge/contracts';
import { KafkaBatchServer, connectKafka } from '@rolebridge/kafka';
import { loadLandscape } from '@rolebridge/landscape';
import { backlogMetrics, createMetrics, Health } from '@rolebridge/observability';
import type { Logger, Metrics } from '@rolebridge/observability';
import { startService } from '@rolebridge/observability/nest';
import type { RunningService } from '@rolebridge/observability/nest';
import { connectDatabase, offsetStore, readBacklog, startForgettingLetters, startRelay } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';
import { AppModule } from './app.module.ts';
import type { IngestEnvironment } from './environment.ts';
import { boundedIntake } from './inbound/bounded-intake.ts';
import { boundedWriter } from './inbound/bounded-writer.ts';
import type { ProxySystems } from './inbound/proxy-system.ts';
import { ScimPages } from './inbound/scim-pages.ts';
import { badAddress } from './nest/bad-address.ts';
import { openDoor } from './nest/open-door.ts';
import { oldPathSystems } from './old-path-systems.ts';
import { openProxy, proxySubscriptions } from './proxy-parts.ts';
import { CONSUMER, SCHEMA, settingsOf } from './settings.ts';
import type { IngestSettings } from './settings.ts';
import { startGroups } from './start-groups.ts';
import { changeInbox } from './store/change-inbox.ts';
import { eventIntake } from './store/event-intake.ts';
import type { InboxParts } from './store/inbox-parts.ts';
import { changeWriter } from './store/change-writer.ts';
import { startErasing } from './store/erasing.ts';
import { startForgetting } from './store/forgetting.ts';
import { LETTER_BOOK } from './store/letter-keeper.ts';
import { newUserId } from './store/new-user-id.ts';
import { countParked } from './store/source-lines.store.ts';
import { StoredTokenKeys } from './store/token-keys.store.ts';

export interface RunOptions {
  readonly environment: IngestEnvironment;
  readonly log: Logger;
  readonly version: string;
  /** Other than in production: tests. */
  readonly schema?: string;
  readonly exit?: (code: number) => void;
}

/** Connections for writing; callers share one transaction at a time, the inbox has another. */
const WRITE_CONNECTIONS = 4;

/** Checks the configuration and serves until it is closed. */
export async function runIngest(options: RunOptions): Promise<RunningService> {
  const { environment, log, version, schema = SCHEMA, exit } = options;
  const settings = settingsOf(environment);
  const metrics = createMetrics(CONSUMER);
  const operators = loadOperators(environment.OPERATORS_FILE, { log, metrics });
  const stores = openStores(environment.DATABASE_URL, schema, log);
  const tokenKeys = new StoredTokenKeys(stores.reading, monotonicMs);
  const callers = loadCallers(environment.CALLERS_FILE, { log, metrics, tokenKeys, tokenSeconds: environment.TOKEN_SECONDS });
  const writing = startWriting({ settings, version, metrics, ...stores });
  const oldPaths = oldPathSystems(environment, loadLandscape(environment.LANDSCAPE_FILE));
  const proxy = openProxy({ landscapeFile: environment.LANDSCAPE_FILE, settings, version, ...stores });
  const groups = startGroups({ url: environment.DATABASE_URL, schema, settings, log, metrics, monotonicMs, pending: () => writing.writer.pending });
  const { relay, consumer } = openKafka({ environment, log, schema, database: stores.writing, systems: proxy.parts.systems });
  const module = AppModule.with({
    settings,
    callers,
    oldPaths,
    operators,
    reading: stores.reading,
    search: { reading: stores.reading, model: settings.model, groupModel: settings.groupModel, pages: new ScimPages(monotonicMs) },
    groupWriter: groups.writer,
    events: boundedIntake(writing.intake, settings.door, monotonicMs),
    inbox: changeInbox(writing.inboxParts),
    inboxParts: writing.inboxParts,
    erasure: writing.erasure,
    proxy,
    writer: boundedWriter(writing.writer, settings.door, monotonicMs),
    closing: [groups, startForgetting(stores.writing, log), startForgettingLetters(stores.writing, { log }), startErasing({ ...writing.erasure, log, onErased: (people) => writing.erased.inc(people) }), { close: () => writing.writer.drain() }, { close: () => writing.intake.drain() }, relay, stores.writing, stores.reading],
  });
  return startService({
    name: CONSUMER,
    module,
    environment,
    log,
    metrics,
    health: healthOf(stores.reading, relay, consumer),
    badAddress,
    configure: (app) => openDoor(app, { callers, door: settings.door, log, monotonicMs, now: () => new Date(), oldPaths }),
    microservices: [consumer],
    failed: [relay.failed],
    ...(exit && { exit }),
  });
}

const monotonicMs = (): number => performance.now();

interface Stores {
  /** For the hot statements, all of them by key. */
  readonly writing: Database;
  readonly reading: Database;
}

function openStores(url: string, schema: string, log: Logger): Stores {
  return {
    writing: connectDatabase({ url, schema, applicationName: CONSUMER, maxConnections: WRITE_CONNECTIONS, queue: true, log }),
    reading: connectDatabase({ url, schema, applicationName: `${CONSUMER}-reading`, log }),
  };
}

interface Writing extends Stores {
  readonly settings: IngestSettings;
  readonly version: string;
  readonly metrics: Metrics;
}

function startWriting({ settings, version, metrics, writing: database, reading }: Writing) {
  const events = metrics.counter({ name: 'ingest_events_total', help: 'Change events read, by what became of them.', labels: ['fate'] });
  metrics.gauge({ name: 'ingest_parked_changes', help: 'Patches and locks that wait for something before them.', collect: async (gauge) => gauge.set(await countParked(reading)) });
  backlogMetrics(metrics, () => readBacklog(reading, LETTER_BOOK));
  const parts = { database, now: () => new Date(), monotonicMs, newId: () => newUserId() };
  const inboxParts: InboxParts = { ...parts, settings: { ...settings, consumer: CONSUMER }, serviceVersion: version, onFate: (fate) => events.inc({ fate }) };
  const erased = metrics.counter({ name: 'ingest_erased_total', help: 'People who left and were erased because their time had come.' });
  return { writer: changeWriter({ ...parts, settings }), intake: eventIntake(inboxParts), inboxParts, erased, erasure: { ...parts, settings: settings.erasure } };
}

interface KafkaParts extends Pick<RunOptions, 'environment' | 'log'> {
  readonly schema: string;
  readonly database: Database;
  readonly systems: ProxySystems;
}

function openKafka({ environment, log, schema, database, systems }: KafkaParts) {
  const { KAFKA_BROKERS: brokers, DATABASE_URL: url, TOPIC_PREFIX: prefix } = environment;
  const kafka = connectKafka({ brokers, clientId: CONSUMER, log });
  const openPublisher = () => kafka.fencedPublisher(`${prefix}${schema}.relay`);
  const offsets = offsetStore(database);
  const subscription = { pattern: TOPICS.userChange.pattern, topics: [topicName('userChange', {}, prefix)], groupId: prefix + CONSUMER, offsets };
  return {
    relay: startRelay({ url, schema, openPublisher, log }),
    consumer: new KafkaBatchServer({ kafka, subscriptions: [subscription, ...proxySubscriptions(systems, prefix, offsets)] }),
  };
}

function healthOf(database: Database, relay: { isReady(): boolean }, consumer: KafkaBatchServer): Health {
  const health = new Health();
  health.add('database', async () => ({ ok: (await database.query('select 1')).length === 1 }));
  health.add('relay', () => ({ ok: relay.isReady(), reason: 'the outbox relay has no connection to database or broker' }));
  health.add('consumer', () => ({ ok: consumer.isReady(), reason: 'the consumer is no member of its group' }));
  return health;
}
