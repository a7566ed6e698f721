import { loadOperators } from '@rolebridge/access';
import { connectorConsumer, topicName, TOPICS } from '@rolebridge/contracts';
import { connectKafka, KafkaBatchServer } from '@rolebridge/kafka';
import { loadLandscape, type System, systemsOfKind } from '@rolebridge/landscape';
import { ConfigurationError, createLogger, createMetrics, exitOnConfigurationError, Health, loadEnvironment, type Logger, startService } from '@rolebridge/observability';
import { connectDatabase, type Database, migrate, offsetStore, startRelay } from '@rolebridge/persistence';
import { systemRuntime, type SystemRuntime } from '../dispatch/system-runtime.ts';
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

/** The `main` of every connector: one process serves all systems of its kind. */
export function runConnector<State extends object, Observation>(program: ConnectorProgram<State, Observation>): Promise<void> {
  return exitOnConfigurationError(() => run(program));
}

async function run<State extends object, Observation>(program: ConnectorProgram<State, Observation>): Promise<void> {
  const name = `connector-${program.kind}`;
  const environment = loadEnvironment(ConnectorEnvironment);
  const { DATABASE_URL: url, KAFKA_BROKERS: brokers, TOPIC_PREFIX: prefix } = environment;
  const systems = systemsOfKind(loadLandscape(environment.LANDSCAPE_FILE), program.kind);
  if (systems.length === 0) throw new ConfigurationError([`LANDSCAPE_FILE: lists no system of the kind ${program.kind}; add one or do not start this connector.`]);
  const log = createLogger({ service: name, level: environment.LOG_LEVEL, version: program.version });
  const operators = loadOperators(environment.OPERATORS_FILE);
  const schema = connectorSchema(program.kind);
  const database = connectDatabase({ url, schema, applicationName: name, queue: true });
  const connectors = systems.map((system) => ({ system, connector: program.create(system, dependencies(database, system, log)) }));

  const metrics = createMetrics(name);
  const health = new Health();
  const runtimes = connectors.map(({ system, connector }) =>
    systemRuntime({ system, connector, database, topicPrefix: prefix, serviceVersion: program.version, log, metrics }),
  );
  const kafka = connectKafka({ brokers, clientId: name, log });
  const relay = startRelay({ url, schema, openPublisher: () => kafka.fencedPublisher(`${prefix}${schema}.relay`), log });
  const takers = runtimes.map((runtime) => takerOf(runtime, { topicPrefix: prefix, serviceVersion: program.version, database }));
  const wishGroup = (taker: WishTaker) => prefix + taker.consumer;
  const commandGroup = (taker: WishTaker) => `${prefix}${taker.consumer}.retry`;
  const offsets = offsetStore(database);
  const transport = new KafkaBatchServer({
    kafka,
    subscriptions: takers.flatMap((taker) => [
      { pattern: TOPICS.desiredAccount.pattern, topics: [topicName('desiredAccount', { system: taker.system }, prefix)], groupId: wishGroup(taker), offsets },
      { pattern: TOPICS.retry.pattern, topics: [topicName('retry', { consumer: taker.consumer }, prefix)], groupId: commandGroup(taker), offsets },
    ]),
  });
  health.add('database', async () => ({ ok: (await database.query('select 1')).length === 1 }));
  health.add('relay', () => ({ ok: relay.isReady(), reason: 'the outbox relay is not active here' }));
  for (const { system, breaker } of runtimes) health.add(`target ${system.name}`, () => ({ ok: breaker().mode !== 'halted', reason: breaker().reason ?? 'halted' }));

  await startService({
    name,
    environment,
    log,
    metrics,
    health,
    module: ConnectorModule.of({
      runtimes,
      database,
      relay,
      operators,
      wishes: new Map(takers.map((taker) => [wishGroup(taker), takeWishes(taker)])),
      commands: new Map(takers.map((taker) => [commandGroup(taker), takeCommands(taker)])),
    }),
    microservices: [transport],
    failed: [relay.failed],
  });
  await Promise.all(runtimes.map((runtime) => runtime.start()));
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
