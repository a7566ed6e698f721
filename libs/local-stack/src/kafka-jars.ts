import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROJECT_FOLDER, STACK_FOLDER } from './folders.ts';
import { findMaven } from './java.ts';
import { kafkaSettings } from './kafka-settings.ts';
import { markOf } from './process-table.ts';
import { run } from './run.ts';
import { StackProblem, type Progress } from './stack-problem.ts';

export interface KafkaProgram {
  /** Class path of a broker. */
  readonly classPath: string;
  /** A formatted, empty log folder to copy: formatting takes a Java start of its own. */
  readonly formatted: string;
}

interface Preparing {
  readonly java: string;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The jars of `pom.xml`, fetched once. They are put together in a folder beside and renamed when complete, so an interrupted
 * download leaves nothing that looks complete, and of two processes one waits for the other.
 */
export async function prepareKafka(preparing: Preparing): Promise<KafkaProgram> {
  const pom = path.join(PROJECT_FOLDER, 'pom.xml');
  const version = createHash('sha256').update(await readFile(pom)).digest('hex').slice(0, 12);
  const folder = path.join(STACK_FOLDER, `kafka-${version}`);
  if (!(await exists(folder))) {
    await mkdir(STACK_FOLDER, { recursive: true });
    await alone(`${folder}.lock`, preparing, async () => {
      if (!(await exists(folder))) await download(pom, folder, preparing);
    });
  }
  return programIn(folder);
}

function programIn(folder: string): KafkaProgram {
  return { classPath: path.join(folder, 'lib', '*'), formatted: path.join(folder, 'formatted') };
}

async function download(pom: string, folder: string, preparing: Preparing): Promise<void> {
  const maven = await findMaven();
  const half = `${folder}.new`;
  await rm(half, { recursive: true, force: true }); // of a download that was interrupted
  preparing.progress?.('Kafka: fetching its jars (once, about 43 MB)');
  let files = 0;
  const onLine = (line: string): void => {
    if (!line.includes('Downloaded from') || !line.includes('.jar')) return;
    files += 1;
    if (files % 10 === 0) preparing.progress?.(`Kafka: ${files} jars fetched`);
  };
  const args = ['-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${path.join(half, 'lib')}`, '-DincludeScope=runtime'];
  const finished = await run(maven, args, { onLine, signal: preparing.signal });
  if (!finished.ok) throw new StackProblem(`Maven could not fetch Kafka's jars: check the network and Maven's settings, then try again (${finished.tail})`);
  await format(half, preparing);
  await rename(half, folder);
}

async function format(folder: string, { java, signal }: Preparing): Promise<void> {
  const { classPath, formatted } = programIn(folder);
  const settings = path.join(folder, 'format.properties');
  await writeFile(settings, kafkaSettings({ port: 9092, controllerPort: 9093, logFolder: formatted }));
  const clusterId = randomBytes(16).toString('base64url');
  const finished = await run(java, ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings], { signal });
  if (!finished.ok) throw new StackProblem(`Kafka could not format its storage: ${finished.tail}`);
}

const LOCK_POLL_MS = 200;

/** Runs `work` while no other process holds the lock; a lock of a dead process does not count. */
async function alone(lock: string, { progress, signal }: Preparing, work: () => Promise<void>): Promise<void> {
  const mine = `${lock}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  let told = false;
  while (!(await link(mine, lock).then(() => true, () => false))) {
    const owner = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (owner === 0) continue; // it was given back just now
    if (!(await markOf(owner))) {
      await Promise.all([lock, `${lock}.${owner}`].map((file) => rm(file, { force: true })));
      continue;
    }
    if (!told) progress?.(`Kafka: process ${owner} is fetching the jars; waiting for it`);
    told = true;
    await sleep(LOCK_POLL_MS, undefined, signal ? { signal } : {});
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
    await rm(mine, { force: true });
  }
}

async function exists(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => undefined)) !== undefined;
}
