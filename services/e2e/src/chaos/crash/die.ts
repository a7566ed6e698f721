import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../landscape/composition.ts';
import type { StageOptions } from '../run/stage.ts';
import { asleepFile, CRASH_FILE, type CrashPoint } from './point.ts';

/** Longer than the preload needs to look at its file. */
const NOTICED_MS = 150;
const DIES_WITHIN_MS = 40_000;

const fileOf = (folder: string, service: string): string => path.join(folder, `crash-${service}.json`);

/** What makes the programs of a stage able to die on order. */
export function mortal(folder: string): NonNullable<StageOptions['preload']> {
  const module = pathToFileURL(path.join(ROOT, 'services', 'e2e', 'dist', 'chaos', 'crash', 'preload.js')).href;
  return { module, environment: (program) => ({ [CRASH_FILE]: fileOf(folder, program) }) };
}

/** Orders the death (or the sleep) of a service at a point, does what leads there, and waits until it is dead. False: it never came there. */
export async function diesAt(service: string, point: CrashPoint, folder: string, lead: () => Promise<unknown>): Promise<boolean> {
  const file = fileOf(folder, service);
  await writeFile(file, JSON.stringify(point));
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
