import { setTimeout as sleep } from 'node:timers/promises';
import { CHAOS_SERVICES } from '../faults/schedule.ts';
import type { Servers } from './servers.ts';
import type { Stage } from './stage.ts';
import type { Tables } from './tables.ts';
import type { Turns } from './turns.ts';

export interface PuttingBack {
  readonly stage: Stage;
  readonly servers: Servers;
  readonly tables: Tables;
  readonly infrastructure: Turns;
  readonly services: Turns;
  /** Told when everything is stopped, before it happens. */
  readonly onPutBack: () => void;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 1_000;
const STOP_ATTEMPTS = 10;
/** A broker that was killed a moment ago may need a minute. */
const LOOKS = 120;

/** Takes a backup, lets life go on for so long, and goes back to it as deploy/README.md says. What a stop leaves unsent would be lost: then it was none. */
export async function putBack(ageMs: number, { stage, servers, tables, infrastructure, services, onPutBack, signal }: PuttingBack): Promise<void> {
  await infrastructure.alone(() => servers.backUpDatabase());
  await sleep(ageMs, undefined, { signal });
  await services.alone(() =>
    infrastructure.alone(async () => {
      await stopped(stage, tables, signal);
      onPutBack();
      await servers.putDatabaseBack();
      for (const service of CHAOS_SERVICES) await stage.restored(service);
      stage.startServices();
    }),
  );
}

async function stopped(stage: Stage, tables: Tables, signal: AbortSignal): Promise<void> {
  for (let left = STOP_ATTEMPTS; ; left -= 1) {
    for (let looks = LOOKS; looks > 0 && (await isUnsent(tables)); looks -= 1) await sleep(PAUSE_MS, undefined, { signal });
    await stage.stopServices();
    if (!(await isUnsent(tables))) return;
    if (left === 1) throw new Error('After an orderly stop there is always something unsent.');
    stage.startServices();
  }
}

/** What the front door has accepted and nobody else knows. */
async function isUnsent(tables: Tables): Promise<boolean> {
  return (await tables.unsent()).some((text) => text.startsWith('ingest.'));
}
