import type { Logger } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';
import { forgetExpired } from './idempotency.store.ts';

const EVERY_MS = 60_000;
const CHUNK = 1000;

/** Forgets expired first outcomes once a minute, in chunks. */
export function startForgetting(database: Database, log: Logger): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    try {
      while ((await forgetExpired(database, CHUNK)) === CHUNK);
    } catch (error) {
      log.warn({ err: error }, 'expired first outcomes could not be forgotten; the next round tries again');
    }
  };
  const timer = setInterval(() => {
    running = running.then(round);
  }, EVERY_MS);
  timer.unref();
  return {
    close: () => {
      clearInterval(timer);
      return running;
    },
  };
}
