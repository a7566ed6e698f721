import { loadOperators } from '@rolebridge/access';
import { connectorConsumer, topicName, TOPICS } from '@rolebridge/contracts';
import { connectKafka, KafkaBatchServer, type OffsetStore, type Subscription } from '@rolebridge/kafka';
import { loadLandscape, type System, systemsOfKind } from '@rolebridge/landscape';
import { backlogMetrics, ConfigurationError, createLogger, createMetrics, exitOnConfigurationError, Health, loadEnvironment, type Logger, waitForPeers } from '@rolebridge/observability';
import { startService } from '@rolebridge/observability/nest';
import { connectDatabase, type Database, migrate, offsetStore, readBacklog, type Relay, startRelay } from '@rolebridge/persistence';
import { brakeMetrics } from '../dispatch/brake-metrics.ts';
import { erasureMetrics } from '../dispatch/erasing.ts';
import { queueMetrics } from '../dispatch/queue-metrics.ts';
import { LINK_BOOK } from '../store/letters.ts';
import { startReapplying } from '../dispatch/reapplying.ts';
import { systemRuntime, type SystemRuntime } from '../dispatch/system-runtime.ts';
import { startReplaying } from '../inbound/replay-wishes.ts';
import { restoreConnector } from '../inbound/restored.ts';
import { takeCommands } from '../inbound/take-commands.ts';
import { takeWishes, type WishTaker } from '../inbound/take-wishes.ts';
import type { Connector } from '../port.ts';
import { type FetchedToken, type SharedToken, sharedToken } from '../store/shared-token.ts';
import { ConnectorEnvironment } from './connector-environment.ts';
import { ConnectorModule } from './connector.module.ts';

/** What a connector may use besides its own settings. */
export interface ConnectorDependencies {
  readonly log: Logger;
  /** A token that all instances of the connector share. */
  readonly sharedToken: (name: string, fetch: () => Promise<FetchedToken>) => SharedToken;
}

export interface ConnectorProgram<State extends object, Observation> {
  /** The kind of systems it serves, as in the landscape. */
  readonly kind: string;
  /** Checks the settings of one system and builds its connector. Throws ConfigurationError with one message per field. */
  readonly create: (system: System, dependencies: ConnectorDependencies) => Connector<State, Observation>;
  readonly version: string;
}

const MIGRATIONS = new URL('../../src/store/migrations', import.meta.url);

/** Database schema of the connector of a kind: `connector_sales_cloud`. */
export function connectorSchema(kind: string): string {
  return `connector_${kind.replaceAll('-', '_')}`;
}

/** The one-shot job: brings the schema up to date, then ends. */
export function migrateConnector(kind: string): Promise<void> {
  return exitOnConfigurationError(async () => {
    const { DATABASE_URL, LOG_LEVEL } = loadEnvironment(ConnectorEnvironment);
    const log = createLogger({ service: `connector-${kind}`, level: LOG_LEVEL });
    const { applied } = await migrate({ url: DATABASE_URL, schema: connectorSchema(kind), directory: MIGRATIONS });
    log.info({ applied }, 'The schema is up to date.');
  });
}

/** The `main` of every connector: one process serves all systems of its kind. With the argument `restored` it is the job after a restore. */
export function runConnector<State extends object, Observation>(program: ConnectorProgram<State, Observation>): Promise<void> {
  return exitOnConfigurationError(() => (process.argv[2] === 'restored' ? restore(program) : run(program)));
}

/** The one-shot job after the schema was put back from an older backup (L4). */
async function restore<State extends object, Observation>(program: ConnectorProgram<State, Observation>): Promise<void> {
  const name = `connector-${program.kind}`;
  const environment = loadEnvironment(ConnectorEnvironment);
  const log = createLogger({ service: name, level: environment.LOG_LEVEL, version: program.version });
  const database = connectDatabase({ url: environment.DATABASE_URL, schema: connectorSchema(program.kind), applicationName: `${name}-restored` });
  const kafka = connectKafka({ brokers: environment.KAFKA_BROKERS, clientId: `${name}-restored`, log });
  const systems = servedSystems(environment, program.kind).map((system) => ({ system, connector: program.create(system, dependencies(database, system, log)) }));
  try {
    await restoreConnector({ systems, database, kafka, topicPrefix: environment.TOPIC_PREFIX, log });
  } finally {
    for (const { connector } of systems) await connector.close?.();
    await database.close();
  }
}

async function run<State extends object, Observation>(program: ConnectorProgram<State, Observation>): Promise<void> {
  const name = `connector-${program.kind}`;
  const environment = loadEnvironment(ConnectorEnvironment);
  const log = createLogger({ service: name, level: environment.LOG_LEVEL, version: program.version });
  const metrics = createMetrics(name);
  const operators = loadOperators(environment.OPERATORS_FILE, { log, metrics });
  const systems = servedSystems(environment, program.kind);
  await waitForPeers(environment, { log });
  const schema = connectorSchema(program.kind);
  const database = connectDatabase({ url: environment.DATABASE_URL, schema, applicationName: name, queue: true });
  const shared = { database, topicPrefix: environment.TOPIC_PREFIX, serviceVersion: program.version };
  const connectors = systems.map((system) => ({ system, connector: program.create(system, dependencies(database, system, log)) }));

  const runtimes = connectors.map((part) => systemRuntime({ ...part, ...shared, log, metrics }));
  queueMetrics(metrics, database, runtimes);
  backlogMetrics(metrics, () => readBacklog(database, LINK_BOOK));
  brakeMetrics(metrics, database, systems.map((system) => system.name));
  erasureMetrics(metrics, database, systems.map((system) => system.name));
  const kafka = connectKafka({ brokers: environment.KAFKA_BROKERS, clientId: name, log });
  const transactionalId = `${shared.topicPrefix}${schema}.relay`;
  const relay = startRelay({ url: environment.DATABASE_URL, schema, openPublisher: () => kafka.fencedPublisher(transactionalId), log });
  const takers = runtimes.map((runtime) => takerOf(runtime, shared));
  const wishes = new Map(takers.map((taker) => [wishGroup(taker), takeWishes(taker)]));
  const replaying = startReplaying({ database, kafka, takers, topicPrefix: shared.topicPrefix, log });
  const reapplying = startReapplying(database, runtimes, log);
  const commands = new Map(takers.map((taker) => [commandGroup(taker), takeCommands(taker)]));

  await startService({
    name,
    environment,
    log,
    metrics,
    health: healthOf(database, relay, runtimes),
    module: ConnectorModule.of({ runtimes, database, relay, operators, wishes, commands, erasing: { database, topicPrefix: shared.topicPrefix, tombstoneAfterMs: environment.ERASE_TOMBSTONE_HOURS * 3_600_000 }, replaying, reapplying, audit: createLogger({ service: name, version: program.version }) }),
    microservices: [new KafkaBatchServer({ kafka, subscriptions: takers.flatMap((taker) => subscriptionsOf(taker, offsetStore(database))) })],
    failed: [relay.failed],
  });
  await Promise.all(runtimes.map((runtime) => runtime.start()));
}

function servedSystems(environment: ConnectorEnvironment, kind: string): readonly System[] {
  const systems = systemsOfKind(loadLandscape(environment.LANDSCAPE_FILE), kind);
  if (systems.length > 0) return systems;
  throw new ConfigurationError([`LANDSCAPE_FILE: lists no system of the kind ${kind}; add one or do not start this connector.`]);
}

function healthOf(database: Database, relay: Relay, runtimes: readonly SystemRuntime[]): Health {
  const health = new Health();
  health.add('database', async () => ({ ok: (await database.query('select 1')).length === 1 }));
  health.add('relay', () => ({ ok: relay.isReady(), reason: 'the outbox relay has no connection' }));
  for (const { system, breaker } of runtimes) health.add(`target ${system.name}`, () => ({ ok: breaker().mode !== 'halted', reason: breaker().reason ?? 'halted' }));
  return health;
}

const wishGroup = (taker: WishTaker): string => taker.topicPrefix + taker.consumer;
const commandGroup = (taker: WishTaker): string => `${wishGroup(taker)}.retry`;

function subscriptionsOf(taker: WishTaker, offsets: OffsetStore): readonly Subscription[] {
  const { system, consumer, topicPrefix } = taker;
  return [
    { pattern: TOPICS.desiredAccount.pattern, topics: [topicName('desiredAccount', { system }, topicPrefix)], groupId: wishGroup(taker), offsets },
    { pattern: TOPICS.retry.pattern, topics: [topicName('retry', { consumer }, topicPrefix)], groupId: commandGroup(taker), offsets },
  ];
}

function takerOf(runtime: SystemRuntime, rest: Pick<WishTaker, 'topicPrefix' | 'serviceVersion' | 'database'>): WishTaker {
  const system = runtime.system.name;
  return { ...rest, system, consumer: connectorConsumer(system), wake: () => runtime.wake() };
}

function dependencies(database: Database, system: System, log: Logger): ConnectorDependencies {
  return {
    log: log.child({ system: system.name }),
    sharedToken: (name, fetch) => sharedToken(database, { system: system.name, name }, fetch),
  };
}
