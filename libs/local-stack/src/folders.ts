import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { markOf, stillRuns, type ProcessMark } from './process-table.ts';
import { StackProblem } from './stack-problem.ts';

/** `libs/local-stack`; the same distance from `src` and from `dist`. */
export const PROJECT_FOLDER = fileURLToPath(new URL('..', import.meta.url));

/** Jars and data of this checkout; ignored by git. */
export const STACK_FOLDER = path.resolve(PROJECT_FOLDER, '..', '..', '.local-stack');

const RUN_FOLDER = path.join(STACK_FOLDER, 'run');
const OWNER_FILE = 'owner.json';

/** An empty folder for something that ends with this process, e.g. `.local-stack/run/4711-postgres-1f2e3d4c`. */
export async function createRunFolder(name: string): Promise<string> {
  const folder = path.join(RUN_FOLDER, `${process.pid}-${name}-${randomBytes(4).toString('hex')}`);
  await mkdir(folder, { recursive: true });
  await sweepRunFolders();
  return folder;
}

/** Removes what runs left behind that were killed together with their watchdogs. */
async function sweepRunFolders(): Promise<void> {
  for (const entry of await readdir(RUN_FOLDER)) {
    const pid = Number.parseInt(entry, 10);
    if (Number.isNaN(pid) || (await markOf(pid))) continue;
    const folder = path.join(RUN_FOLDER, entry);
    await endLeftover(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes `folder` ours until {@link releaseFolder}; refuses when another living process has it. */
export async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const owner = await readMark(path.join(folder, OWNER_FILE));
  if (owner && (await stillRuns(owner))) {
    throw new StackProblem(`The folder ${folder} is in use by process ${owner.pid}: end that one first (Ctrl-C where it runs, or kill ${owner.pid}).`);
  }
  await endLeftover(folder);
  await writeFile(path.join(folder, OWNER_FILE), JSON.stringify(await markOf(process.pid)));
}

export async function releaseFolder(folder: string): Promise<void> {
  await rm(path.join(folder, OWNER_FILE), { force: true });
}

const CHILD_FILE = 'child.json';
const LEFTOVER_GRACE_MS = 5_000;
const POLL_MS = 50;

/** Remembers the server that works on `folder`, so that a later run can end it if ours is killed. */
export async function rememberChild(folder: string, pid: number): Promise<void> {
  const mark = await markOf(pid);
  if (mark) await writeFile(path.join(folder, CHILD_FILE), JSON.stringify(mark));
}

/** Ends a server that an earlier, killed run left on `folder`; gives it a moment to end by itself first. */
async function endLeftover(folder: string): Promise<void> {
  const mark = await readMark(path.join(folder, CHILD_FILE));
  if (!mark) return;
  const deadline = performance.now() + LEFTOVER_GRACE_MS;
  let signal: NodeJS.Signals = 'SIGTERM';
  while (await stillRuns(mark)) {
    if (performance.now() > deadline) signal = 'SIGKILL';
    process.kill(mark.pid, signal);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await rm(path.join(folder, CHILD_FILE), { force: true });
}

async function readMark(file: string): Promise<ProcessMark | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isMark(value) ? value : undefined;
  } catch {
    return undefined; // half written by a run that was killed
  }
}

function isMark(value: unknown): value is ProcessMark {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'started' in value && typeof value.started === 'string';
}
