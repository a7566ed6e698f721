import { loadOperators } from '@rolebridge/access';
import type { Authenticator, Operator } from '@rolebridge/access';
import { TOPICS, topicName } from '@rolebridge/contracts';
import { KafkaBatchServer, connectKafka } from '@rolebridge/kafka';
import type { Kafka } from '@rolebridge/kafka';
import { DEFAULT_BRAKE, loadLandscape } from '@rolebridge/landscape';
import type { BrakeSettings } from '@rolebridge/landscape';
import { Health, backlogMetrics, createMetrics } from '@rolebridge/observability';
import type { Logger } from '@rolebridge/observability';
import { startService } from '@rolebridge/observability/nest';
import type { RunningService } from '@rolebridge/observability/nest';
import { connectDatabase, offsetStore, readBacklog, startForgettingLetters, startRelay } from '@rolebridge/persistence';
import type { Database, Relay } from '@rolebridge/persistence';

import { CONSUMER } from '../decide/records.ts';
import type { RoleMappingEnvironment } from '../environment.ts';
import { RoleMappingModule } from '../role-mapping.module.ts';
import { SCHEMA } from '../schema.ts';
import { brakeOverAll } from '../store/brake.ts';
import { databaseClock } from '../store/clock.ts';
import type { Clock } from '../store/clock.ts';
import { HeldDesk } from '../store/held-desk.ts';
import { LETTER_BOOK, deadLetterDesk } from '../store/letters.ts';
import { Reevaluation } from '../store/reevaluation.ts';
import { RuleSets } from '../store/rule-set.repository.ts';
import { startTombstones } from '../store/tombstones.ts';
import { UserIntake } from '../store/user-intake.ts';
import type { IntakeResult } from '../store/user-intake.ts';
import type { BrakeDesk } from './brake.controller.ts';
import { observations, watchBrake } from './observations.ts';
import { startReplaying } from './replay-users.ts';
import { RulesDesk } from './rules-desk.ts';
import { takeUsers } from './take-users.ts';
import type { UserTaker } from './take-users.ts';
import { startTimers } from './timers.ts';
import type { Timers } from './timers.ts';

export interface RunOptions {
  readonly environment: RoleMappingEnvironment;
  readonly log: Logger;
  readonly version: string;
  /** Other than in production: tests. */
  readonly schema?: string;
  readonly clock?: Clock;
  readonly exit?: (code: number) => void;
}

export interface RunningRoleMapping extends RunningService {
  readonly rules: RulesDesk;
  readonly timers: Timers;
}

/** Checks the configuration, stores the rules, and serves until it is closed. */
export async function runRoleMapping(options: RunOptions): Promise<RunningRoleMapping> {
  const { environment, log, schema = SCHEMA } = options;
  const operators = loadOperators(environment.OPERATORS_FILE, { log });
  const landscape = loadLandscape(environment.LANDSCAPE_FILE);
  const systems = landscape.systems.map(({ name }) => name);
  const database = connectDatabase({ url: environment.DATABASE_URL, schema, applicationName: CONSUMER, queue: true, log });
  const wake = { timers: (): void => undefined };
  const rules = new RulesDesk({ database, directory: environment.RULES_DIR, systems, log, onAdded: () => wake.timers() });
  try {
    await rules.load();
  } catch (error) {
    await database.close();
    throw error;
  }
  const judging = startJudging({ ...options, schema, database, brake: { ...DEFAULT_BRAKE, ...landscape.brake } });
  wake.timers = () => judging.timers.wake();
  const running = await serve({ ...options, schema, database, operators, rules, judging });
  return { ...running, rules, timers: judging.timers };
}

interface Judging {
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly ruleSets: RuleSets;
  readonly clock: Clock;
  readonly intake: UserIntake;
  readonly onTaken: (result: IntakeResult) => void;
  readonly users: UserTaker;
  readonly timers: Timers;
  readonly brake: BrakeDesk;
}

function startJudging({ environment, log, version, database, clock = databaseClock, brake }: RunOptions & { readonly database: Database; readonly brake: BrakeSettings }): Judging {
  const metrics = createMetrics(CONSUMER);
  const seen = observations(metrics, log);
  watchBrake(metrics, database);
  backlogMetrics(metrics, () => readBacklog(database, LETTER_BOOK));
  const ruleSets = new RuleSets();
  const settings = { topicPrefix: environment.TOPIC_PREFIX, serviceVersion: version, brake: brakeOverAll(brake) };
  const reevaluation = new Reevaluation({ database, ruleSets, clock, settings, chunk: environment.SWEEP_CHUNK });
  const intake = new UserIntake({ database, ruleSets, clock, settings });
  const onTaken = (result: IntakeResult): void => {
    seen.judged(result, 'change');
    if (result.dated) timers.wake();
  };
  const users: UserTaker = takeUsers({
    intake,
    topicPrefix: settings.topicPrefix,
    serviceVersion: version,
    onBuried: (records) => seen.buried(records),
    onTaken,
  });
  const timers = startTimers({
    database,
    reevaluation,
    clock,
    log,
    sweepPauseMs: environment.SWEEP_PAUSE_MS,
    isBusy: () => users.isBusy(),
    onRound: (result, reason) => seen.judged(result, reason),
  });
  const desk = new HeldDesk({ database, ruleSets, clock, settings, approvals: brake.approvals, onRound: (result) => seen.judged(result, 'released') });
  return { metrics, ruleSets, clock, intake, onTaken, users, timers, brake: { database, desk, settings: brake, log } };
}

interface Serving extends RunOptions {
  readonly schema: string;
  readonly database: Database;
  readonly operators: Authenticator<Operator>;
  readonly rules: RulesDesk;
  readonly judging: Judging;
}

function serve({ environment, log, schema, exit, database, operators, rules, judging }: Serving): Promise<RunningService> {
  const { metrics, ruleSets, clock, intake, onTaken, users, timers, brake } = judging;
  const kafka = connectKafka({ brokers: environment.KAFKA_BROKERS, clientId: CONSUMER, log });
  const transactionalId = `${environment.TOPIC_PREFIX}${schema}.relay`;
  const relay = startRelay({ url: environment.DATABASE_URL, schema, openPublisher: () => kafka.fencedPublisher(transactionalId), log });
  const consumer = consumerOf(kafka, database, environment.TOPIC_PREFIX);
  const replaying = startReplaying({ database, kafka, intake, onTaken, topicPrefix: environment.TOPIC_PREFIX, log });
  return startService({
    name: CONSUMER,
    module: RoleMappingModule.of({
      users,
      rules,
      operators,
      brake,
      replays: replaying.desk,
      republishing: { database, topicPrefix: environment.TOPIC_PREFIX },
      letters: { database, desk: deadLetterDesk(database, () => timers.wake()) },
      explaining: { database, ruleSets, clock },
      closing: [timers, replaying.replays, startTombstones({ database, log, topicPrefix: environment.TOPIC_PREFIX, tombstoneAfterMs: environment.ERASE_TOMBSTONE_HOURS * 3_600_000 }), startForgettingLetters(database, { log }), relay, database],
    }),
    environment,
    log,
    metrics,
    health: healthOf(database, relay, consumer),
    microservices: [consumer],
    failed: [relay.failed],
    ...(exit && { exit }),
  });
}

function consumerOf(kafka: Kafka, database: Database, prefix: string): KafkaBatchServer {
  const subscription = { pattern: TOPICS.user.pattern, topics: [topicName('user', {}, prefix)], groupId: prefix + CONSUMER, offsets: offsetStore(database) };
  return new KafkaBatchServer({ kafka, subscriptions: [subscription] });
}

function healthOf(database: Database, relay: Relay, consumer: KafkaBatchServer): Health {
  const health = new Health();
  health.add('database', async () => ({ ok: (await database.query('select 1')).length === 1 }));
  health.add('relay', () => ({ ok: relay.isReady(), reason: 'the outbox relay has no connection to database or broker' }));
  health.add('consumer', () => ({ ok: consumer.isReady(), reason: 'the consumer is no member of its group' }));
  return health;
}
