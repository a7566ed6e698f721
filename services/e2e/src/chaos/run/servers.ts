import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type RunningKafka, type RunningPostgres, startKafka, startPostgres } from '@rolebridge/local-stack';
import { connectDatabase } from '@rolebridge/persistence';
import { freePorts } from '../../landscape/free-ports.ts';

/** Broker and database of one run, with the right to kill them. */
export interface Servers {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  /** SIGKILL, then the same again on the same data. Resolves when it is up. */
  killBroker(): Promise<void>;
  killDatabase(): Promise<void>;
  /** Keeps the files of the database as they are after a kill, in place of those kept before. */
  backUpDatabase(): Promise<void>;
  /** The files that were kept take the place of those that are there. */
  putDatabaseBack(): Promise<void>;
  stop(): Promise<void>;
}

interface Restarting<Server> {
  readonly folder: string;
  readonly start: () => Promise<Server>;
}

/** Starts both with their data in `folder`, durable. */
export async function startServers(folder: string): Promise<Servers> {
  const [kafkaPort = 0, postgresPort = 0] = await freePorts(2);
  const at = { kafka: path.join(folder, 'kafka'), postgres: path.join(folder, 'postgres') };
  const broker: Restarting<RunningKafka> = { folder: at.kafka, start: () => startKafka({ dataDir: at.kafka, port: kafkaPort }) };
  const database: Restarting<RunningPostgres> = { folder: at.postgres, start: () => startPostgres({ dataDir: at.postgres, port: postgresPort }) };
  let [kafka, postgres] = await Promise.all([broker.start(), database.start()]);
  const cluster = await clusterOf(postgres);
  const backup = `${cluster}-backup`;
  return {
    brokers: kafka.brokers,
    databaseUrl: postgres.url,
    killBroker: async () => void (kafka = await restarted(kafka, broker)),
    killDatabase: async () => void (postgres = await restarted(postgres, database)),
    backUpDatabase: async () => void (postgres = await restarted(postgres, database, () => copied(cluster, backup))),
    putDatabaseBack: async () => void (postgres = await restarted(postgres, database, () => copied(backup, cluster))),
    stop: async () => void (await Promise.all([kafka.stop(), postgres.stop()])),
  };
}

/** Where the files of the database are. */
async function clusterOf({ url }: RunningPostgres): Promise<string> {
  const database = connectDatabase({ url, schema: 'public', applicationName: 'chaos', maxConnections: 1 });
  try {
    const [row] = await database.query<{ folder: string }>(`select setting as folder from pg_settings where name = 'data_directory'`);
    if (!row) throw new Error('The database does not tell where its files are.');
    return row.folder;
  } finally {
    await database.close();
  }
}

/** With owners and rights: the server runs under another account. */
async function copied(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await promisify(execFile)('cp', ['-a', from, to]);
}

async function restarted<Server extends { stop(): Promise<void> }>(running: Server, { folder, start }: Restarting<Server>, meanwhile?: () => Promise<void>): Promise<Server> {
  const { pid } = JSON.parse(await readFile(path.join(folder, 'child.json'), 'utf8')) as { readonly pid: number }; // written by libs/local-stack
  await killFamily(pid);
  await running.stop();
  await meanwhile?.();
  return startAgain(start);
}

const ATTEMPTS = 3;

/** On a busy machine a broker may need longer than anybody waits for it. */
async function startAgain<Server>(start: () => Promise<Server>): Promise<Server> {
  for (let left = ATTEMPTS; ; left -= 1) {
    try {
      return await start();
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

/** The children of PostgreSQL's first process would live on for a moment and hold the data; a power cut takes them all at once. */
async function killFamily(pid: number): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  const children = stdout.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number)).flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
  const family = [pid, ...children];
  family.forEach(killOne);
  while (family.some(isAlive)) await sleep(20);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself just now
  }
}

/** Whether a process with this number runs; one that has ended and is not yet taken note of by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
