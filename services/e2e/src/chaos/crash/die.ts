import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../landscape/composition.ts';
import type { StageOptions } from '../run/stage.ts';
import { asleepFile, CRASH_FILE, type CrashPoint, SESSION_MS } from './point.ts';

/** Longer than the preload needs to look at its file. */
const NOTICED_MS = 150;
const DIES_WITHIN_MS = 40_000;

const fileOf = (folder: string, service: string): string => path.join(folder, `crash-${service}.json`);

/** What makes the programs of a stage able to die or to fall asleep on order. `sessionMs`: how soon a group notices; default as always. */
export function mortal(folder: string, sessionMs = 0): NonNullable<StageOptions['preload']> {
  const module = pathToFileURL(path.join(ROOT, 'services', 'e2e', 'dist', 'chaos', 'crash', 'preload.js')).href;
  return { module, environment: (program) => ({ [CRASH_FILE]: fileOf(folder, program), [SESSION_MS]: String(sessionMs) }) };
}

/** Whole or not at all: the programs look at it at any moment. */
async function announce(file: string, point: CrashPoint): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(point));
  await rename(`${file}.new`, file);
}

const SLEEPS_WITHIN_MS = 6_000;

/** Sends whoever of a service comes first to a point to sleep; its process id, or undefined when nobody came there in time. */
export async function sleepsAt(service: string, point: CrashPoint, folder: string): Promise<number | undefined> {
  const file = fileOf(folder, service);
  await announce(file, { ...point, end: 'sleep' });
  for (const end = Date.now() + SLEEPS_WITHIN_MS; existsSync(file) && Date.now() < end; ) await sleep(50);
  if (!existsSync(file)) return Number(await readFile(asleepFile(file), 'utf8'));
  await rm(file, { force: true });
  return undefined;
}

/** Orders the death (or the sleep) of a service at a point, does what leads there, and waits until it is dead. False: it never came there. */
export async function diesAt(service: string, point: CrashPoint, folder: string, lead: () => Promise<unknown>): Promise<boolean> {
  const file = fileOf(folder, service);
  await announce(file, point);
  await sleep(NOTICED_MS);
  const leading = lead();
  for (const end = Date.now() + DIES_WITHIN_MS; existsSync(file); await sleep(50)) if (Date.now() > end) return leading.then(() => false);
  await leading;
  return true;
}

/** Wakes whoever fell asleep at the last point of this service. */
export async function wake(service: string, folder: string): Promise<void> {
  process.kill(Number(await readFile(asleepFile(fileOf(folder, service)), 'utf8')), 'SIGCONT');
}
