import path from 'node:path';
import { startKafkaContainer, startPostgresContainer, dockerAnswers } from './containers.ts';
import { startKafka, type RunningKafka } from './kafka.ts';
import { startPostgres, type RunningPostgres } from './postgres.ts';
import { StackProblem, type Progress, type Running } from './stack-problem.ts';

export interface StackOptions {
  /** Kept and used again, with durable settings. Default: new folders that are removed at the end. */
  readonly dataDir?: string;
  readonly kafkaPort?: number;
  readonly postgresPort?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Default `process.env`: `KAFKA_BROKERS`, `DATABASE_URL` (use what they name), `STACK=containers`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface RunningStack extends Running {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

const NEVER: Running = { exited: new Promise(() => undefined), stop: () => Promise.resolve() };

/** Kafka and PostgreSQL: what the environment names, else on this machine, else in containers. Both start at once. */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  const abort = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
  const starting = [kafkaOf(options, signal), postgresOf(options, signal)] as const;
  for (const start of starting) start.catch(() => abort.abort());
  const [kafka, postgres] = await Promise.allSettled(starting);
  if (kafka.status === 'fulfilled' && postgres.status === 'fulfilled') return together(kafka.value, postgres.value);
  const started = [kafka, postgres].flatMap((start): Running[] => (start.status === 'fulfilled' ? [start.value] : []));
  await Promise.all(started.map((server) => server.stop()));
  const reasons: unknown[] = [kafka, postgres].flatMap((start) => (start.status === 'rejected' ? [start.reason] : []));
  throw reasons.find((reason) => reason instanceof StackProblem) ?? reasons[0];
}

function together(kafka: RunningKafka, postgres: RunningPostgres): RunningStack {
  return {
    brokers: kafka.brokers,
    databaseUrl: postgres.url,
    exited: Promise.race([kafka.exited, postgres.exited]),
    stop: async () => {
      await Promise.all([kafka.stop(), postgres.stop()]);
    },
  };
}

function kafkaOf(options: StackOptions, signal: AbortSignal): Promise<RunningKafka> {
  const named = environmentOf(options)['KAFKA_BROKERS'];
  if (named) return Promise.resolve({ ...NEVER, brokers: named.split(',').map((broker) => broker.trim()) });
  const asked = { ...askedOf(options, signal), ...(options.kafkaPort === undefined ? {} : { port: options.kafkaPort }) };
  return hereOrContained('Kafka', options, {
    here: () => startKafka({ ...asked, ...dataFolder(options, 'kafka') }),
    contained: () => startKafkaContainer(asked),
  });
}

function postgresOf(options: StackOptions, signal: AbortSignal): Promise<RunningPostgres> {
  const named = environmentOf(options)['DATABASE_URL'];
  if (named) return Promise.resolve({ ...NEVER, url: named });
  const asked = { ...askedOf(options, signal), ...(options.postgresPort === undefined ? {} : { port: options.postgresPort }) };
  return hereOrContained('PostgreSQL', options, {
    here: () => startPostgres({ ...asked, ...dataFolder(options, 'postgres') }),
    contained: () => startPostgresContainer(asked),
  });
}

function askedOf({ progress }: StackOptions, signal: AbortSignal): { readonly signal: AbortSignal; readonly progress?: Progress } {
  return { signal, ...(progress && { progress }) };
}

interface Ways<T> {
  readonly here: () => Promise<T>;
  readonly contained: () => Promise<T>;
}

async function hereOrContained<T>(name: string, options: StackOptions, { here, contained }: Ways<T>): Promise<T> {
  if (environmentOf(options)['STACK'] === 'containers') return contained();
  try {
    return await here();
  } catch (error) {
    if (!isMissingProgram(error) || !(await dockerAnswers())) throw error;
    options.progress?.(`${name}: ${error.message} Using a container.`);
    return contained();
  }
}

function dataFolder(options: StackOptions, name: string): { readonly dataDir?: string } {
  return options.dataDir === undefined ? {} : { dataDir: path.join(options.dataDir, name) };
}

function environmentOf(options: StackOptions): Readonly<Record<string, string | undefined>> {
  return options.environment ?? process.env;
}

function isMissingProgram(error: unknown): error is StackProblem {
  return error instanceof StackProblem && error.kind === 'missing';
}
