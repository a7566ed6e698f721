import { choosePort, waitUntil } from './ports.ts';
import { answersKafka } from './kafka.ts';
import type { RunningKafka } from './kafka.ts';
import type { RunningPostgres } from './postgres.ts';
import { StackProblem, type Progress, type Running } from './stack-problem.ts';

export interface ContainerOptions {
  readonly port?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

const KAFKA_IMAGE = process.env['KAFKA_IMAGE'] ?? 'apache/kafka:4.3.0';
const POSTGRES_IMAGE = process.env['POSTGRES_IMAGE'] ?? 'postgres:18';
const START_TIMEOUT_MS = 120_000;
const CONTROLLER_PORT = 9093;

/** Whether a Docker engine answers here. */
export async function dockerAnswers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/** A broker in a container. Its port is the same inside and outside, since it must name it to its clients. */
export async function startKafkaContainer(options: ContainerOptions): Promise<RunningKafka> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const client = await engine();
  const port = await choosePort('Kafka', options.port);
  options.progress?.(`Kafka: starting a container of ${KAFKA_IMAGE}`);
  const container = await new GenericContainer(KAFKA_IMAGE)
    .withExposedPorts({ container: port, host: port })
    .withEnvironment(kafkaEnvironment(client.info.containerRuntime.host, port))
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  const running = await asRunning('Kafka', container);
  const waiting = { name: 'Kafka', timeoutMs: START_TIMEOUT_MS, signal: options.signal, exited: running.exited };
  await waitUntil(() => answersKafka(container.getHost(), port), waiting).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  return { ...running, brokers: [`${container.getHost()}:${port}`] };
}

export async function startPostgresContainer(options: ContainerOptions): Promise<RunningPostgres> {
  const { GenericContainer, Wait } = await import('testcontainers');
  await engine();
  const port = await choosePort('PostgreSQL', options.port);
  options.progress?.(`PostgreSQL: starting a container of ${POSTGRES_IMAGE}`);
  const container = await new GenericContainer(POSTGRES_IMAGE)
    .withExposedPorts({ container: 5432, host: port })
    .withEnvironment({ POSTGRES_USER: 'rolebridge', POSTGRES_PASSWORD: 'rolebridge', POSTGRES_DB: 'rolebridge' })
    .withCommand(['postgres', '-c', 'max_connections=200'])
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2)) // the image's init script runs it once before
    .withStartupTimeout(START_TIMEOUT_MS)
    .start();
  return { ...(await asRunning('PostgreSQL', container)), url: `postgres://rolebridge:rolebridge@${container.getHost()}:${port}/rolebridge` };
}

/** The image takes every broker setting as a variable (Docker Hub, apache/kafka). */
function kafkaEnvironment(host: string, port: number): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${CONTROLLER_PORT}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:${CONTROLLER_PORT}`,
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${host}:${port}`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  };
}

async function engine() {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient().catch((cause: unknown) => {
    throw new StackProblem('STACK=containers needs a Docker engine, and none answers: start one, or unset STACK.', { cause });
  });
}

interface StartedContainer {
  stop(): Promise<unknown>;
  logs(): Promise<NodeJS.ReadableStream>;
}

async function asRunning(name: string, container: StartedContainer): Promise<Running> {
  let wanted = false;
  const logs = await container.logs();
  const exited = new Promise<string>((resolve) => {
    logs.on('end', () => !wanted && resolve(`${name}'s container ended by itself: see docker logs.`));
  });
  logs.resume();
  return {
    exited,
    stop: async () => {
      if (wanted) return;
      wanted = true;
      await container.stop();
    },
  };
}
