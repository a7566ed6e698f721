import { cp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { lastLines, startChild, type Child } from './child.ts';
import { claimFolder, createRunFolder, releaseFolder, rememberChild } from './folders.ts';
import { findJava } from './java.ts';
import { prepareKafka } from './kafka-jars.ts';
import { kafkaSettings, LOG_SETTINGS } from './kafka-settings.ts';
import { choosePort, LOOPBACK, waitUntil } from './ports.ts';
import { StackProblem, type Progress, type Running } from './stack-problem.ts';

export interface KafkaOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Kept and used again. Default: a new folder that is removed at the end. */
  readonly dataDir?: string;
  /** Further settings of the broker, as Kafka names them. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface RunningKafka extends Running {
  readonly brokers: readonly string[];
}

const START_TIMEOUT_MS = 90_000;
const STOP_GRACE_MS = 8_000;

/** Starts a real Kafka broker on the loopback address. */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const java = await findJava();
  const port = await choosePort('Kafka', options.port);
  const program = await prepareKafka({ java, progress: options.progress, signal: options.signal });
  const folder = options.dataDir ?? (await createRunFolder('kafka'));
  await claimFolder(folder);
  return startIn({ java, folder, port, classPath: program.classPath }, program.formatted, options).catch(async (error: unknown) => {
    await releaseFolder(folder);
    throw error;
  });
}

async function startIn(place: Place, formatted: string, options: KafkaOptions): Promise<RunningKafka> {
  const { folder, port } = place;
  const logFolder = path.join(folder, 'logs');
  await copyFormatted(formatted, logFolder);
  await writeFile(path.join(folder, 'log4j2.properties'), LOG_SETTINGS);
  const controllerPort = await choosePort('Kafka', undefined);
  await writeFile(path.join(folder, 'server.properties'), kafkaSettings({ port, controllerPort, logFolder }, options.settings));
  const server = await startServer(place, options);
  return {
    brokers: [`${LOOPBACK}:${port}`],
    exited: server.exited,
    stop: async () => {
      await server.stop();
      await releaseFolder(folder);
    },
  };
}

async function copyFormatted(formatted: string, logFolder: string): Promise<void> {
  if (await stat(logFolder).catch(() => undefined)) return;
  await rm(`${logFolder}.new`, { recursive: true, force: true });
  await cp(formatted, `${logFolder}.new`, { recursive: true });
  await rename(`${logFolder}.new`, logFolder);
}

interface Place {
  readonly java: string;
  readonly folder: string;
  readonly port: number;
  readonly classPath: string;
}

async function startServer({ java, folder, port, classPath }: Place, options: KafkaOptions): Promise<Child> {
  const logFile = path.join(folder, 'kafka.log');
  const kept = options.dataDir !== undefined;
  await rm(logFile, { force: true });
  const server = await startChild({
    name: 'Kafka',
    command: java,
    args: [...virtualMachine(kept), `-Dlog4j2.configurationFile=${path.join(folder, 'log4j2.properties')}`, '-cp', classPath, 'kafka.Kafka', path.join(folder, 'server.properties')],
    logFile,
    stopSignal: kept ? 'SIGTERM' : 'SIGKILL',
    stopGraceMs: STOP_GRACE_MS,
    removeAfter: kept ? [] : [folder],
  });
  await rememberChild(folder, server.pid);
  const waiting = { name: 'Kafka', timeoutMs: START_TIMEOUT_MS, signal: options.signal, exited: server.exited };
  await waitUntil(() => answersKafka(LOOPBACK, port), waiting).catch(async (error: unknown) => {
    const log = await lastLines(logFile);
    await server.stop();
    throw error instanceof StackProblem ? new StackProblem(`${error.message} (${log})`, { cause: error }) : error;
  });
  return server;
}

/** A broker of one run starts faster with the quick compiler only; one that is kept may be measured. */
function virtualMachine(kept: boolean): readonly string[] {
  const always = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData'];
  return kept ? always : [...always, '-XX:TieredStopAtLevel=1'];
}

/** ApiVersions request, version 0, without client id (Kafka protocol guide): answered only once the broker takes requests. */
const API_VERSIONS = Buffer.from('0000000a 0012 0000 00000001 ffff'.replaceAll(' ', ''), 'hex');
const ANSWER_TIMEOUT_MS = 2_000;

/** Whether a Kafka broker answers there. */
export async function answersKafka(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: ANSWER_TIMEOUT_MS });
  const answered = new Promise<boolean>((resolve) => {
    socket.once('connect', () => socket.write(API_VERSIONS));
    socket.once('data', () => resolve(true));
    for (const event of ['error', 'timeout', 'close']) socket.once(event, () => resolve(false));
  });
  return answered.finally(() => socket.destroy());
}
