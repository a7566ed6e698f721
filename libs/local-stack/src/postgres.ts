import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastLines, startChild, type Child } from './child.ts';
import { claimFolder, createRunFolder, releaseFolder, rememberChild } from './folders.ts';
import { findPostgres, placeFor, type PostgresProgram } from './postgres-program.ts';
import { choosePort, LOOPBACK, waitUntil } from './ports.ts';
import { run } from './run.ts';
import { StackProblem, type Progress, type Running } from './stack-problem.ts';

export interface PostgresOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Kept and used again. Default: a new folder that is removed at the end. */
  readonly dataDir?: string;
  /** Whether a commit survives a power failure. Default: yes with `dataDir`, no without. */
  readonly durable?: boolean;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export interface RunningPostgres extends Running {
  /** `postgres://…` with user, password and the database `rolebridge`. */
  readonly url: string;
}

const USER = 'rolebridge';
const DATABASE = 'rolebridge';
const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 8_000;
const PASSWORD_FILE = 'password';

/** Starts a real PostgreSQL on the loopback address. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const program = await findPostgres();
  const port = await choosePort('PostgreSQL', options.port);
  const folder = options.dataDir ?? (await createRunFolder('postgres'));
  await claimFolder(folder);
  return startIn(folder, port, program, options).catch(async (error: unknown) => {
    await releaseFolder(folder);
    throw error;
  });
}

async function startIn(folder: string, port: number, program: PostgresProgram, options: PostgresOptions): Promise<RunningPostgres> {
  const cluster = await placeFor(path.join(folder, 'cluster'), program.account);
  await initialise(program, folder, cluster, options);
  await rm(path.join(cluster, 'postmaster.pid'), { force: true }); // of a killed run; the claim says that nobody else works here
  const removeAfter = options.dataDir === undefined ? [cluster, folder] : [];
  const server = await startServer({ program, folder, cluster, port, removeAfter }, options);
  const password = await readFile(path.join(folder, PASSWORD_FILE), 'utf8');
  return {
    url: `postgres://${USER}:${password}@${LOOPBACK}:${port}/${DATABASE}`,
    exited: server.exited,
    stop: async () => {
      await server.stop();
      await releaseFolder(folder);
    },
  };
}

/** Makes the cluster once; an interrupted attempt leaves nothing that looks complete. */
async function initialise(program: PostgresProgram, folder: string, cluster: string, options: PostgresOptions): Promise<void> {
  if (await hasCluster(program, cluster)) return;
  options.progress?.('PostgreSQL: making a new database cluster');
  const password = randomBytes(12).toString('hex');
  await writeFile(path.join(folder, PASSWORD_FILE), password, { mode: 0o600 });
  const half = `${cluster}.new`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { recursive: true, mode: 0o700 });
  if (program.account) await chown(half, program.account.uid, program.account.gid);
  const how = { account: program.account, signal: options.signal };
  const format = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--auth=trust', `--username=${USER}`];
  expectOk(await run(program.initdb, ['--no-sync', ...format, '-D', half], how));
  const sql = `alter user ${USER} password '${password}';\ncreate database ${DATABASE};\n`;
  expectOk(await run(program.postgres, ['--single', '-F', '-D', half, 'postgres'], { ...how, input: sql }));
  await writeFile(path.join(half, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await rename(half, cluster);
}

function expectOk(finished: { readonly ok: boolean; readonly tail: string }): void {
  if (!finished.ok) throw new StackProblem(`PostgreSQL could not make its database cluster: ${finished.tail}`);
}

/** Whether a complete cluster is there; refuses one that another major version wrote. */
async function hasCluster(program: PostgresProgram, cluster: string): Promise<boolean> {
  const written = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (!written) return false;
  const installed = /(\d+)/.exec((await run(program.postgres, ['--version'])).tail)?.[1];
  if (written === installed) return true;
  throw new StackProblem(`The data in ${cluster} was written by PostgreSQL ${written}, installed is ${installed}: remove that folder to start afresh.`);
}

interface Place {
  readonly program: PostgresProgram;
  readonly folder: string;
  readonly cluster: string;
  readonly port: number;
  readonly removeAfter: readonly string[];
}

async function startServer(place: Place, options: PostgresOptions): Promise<Child> {
  const durable = options.durable ?? options.dataDir !== undefined;
  const logFile = path.join(place.folder, 'postgres.log');
  await rm(logFile, { force: true });
  const server = await startChild({
    name: 'PostgreSQL',
    command: place.program.postgres,
    args: ['-D', place.cluster, '-p', String(place.port), ...settings(durable).flatMap((setting) => ['-c', setting])],
    logFile,
    stopSignal: options.dataDir === undefined ? 'SIGQUIT' : 'SIGINT', // SIGINT is PostgreSQL's "fast shutdown", SIGQUIT the immediate one
    stopGraceMs: STOP_GRACE_MS,
    removeAfter: place.removeAfter,
    ...(place.program.account ? { account: place.program.account } : {}),
  });
  await rememberChild(place.folder, server.pid);
  const waiting = { name: 'PostgreSQL', timeoutMs: START_TIMEOUT_MS, signal: options.signal, exited: server.exited };
  await waitUntil(() => isReady(place.cluster), waiting).catch(async (error: unknown) => {
    const log = await lastLines(logFile);
    await server.stop();
    throw error instanceof StackProblem ? new StackProblem(`${error.message} (${log})`, { cause: error }) : error;
  });
  return server;
}

function settings(durable: boolean): readonly string[] {
  const always = [`listen_addresses=${LOOPBACK}`, 'unix_socket_directories=', 'max_connections=200', 'timezone=UTC', 'log_timezone=UTC'];
  if (durable) return always;
  return [...always, 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=64MB', 'wal_level=minimal', 'max_wal_senders=0'];
}

const STATUS_LINE = 7;

/** The eighth line of `postmaster.pid` is the server's state (PostgreSQL source, `miscadmin.h`, LOCK_FILE_LINE_PM_STATUS). */
async function isReady(cluster: string): Promise<boolean> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n')[STATUS_LINE]?.trim() === 'ready';
}
