import type { Log } from '../log.ts';
import type { Database } from '../port.ts';
import { pause } from '../waiting/pause.ts';

export interface ForgettingOptions {
  readonly log: Log;
  /** How long letters are kept, milliseconds. Default 21 days, as on the topic: whoever left is erased within 8 days, and 30 days after the leaving nothing is left (law L30). */
  readonly keepMs?: number;
  /** Between two rounds, milliseconds. Default an hour. */
  readonly everyMs?: number;
  /** Letters of one statement; between two of them others have their turn. */
  readonly chunk?: number;
}

const DAY_MS = 86_400_000;
const BREATH_MS = 200;

const FORGET = `
  delete from dead_letter where id in (
    select id from dead_letter where last_failure_at < now() - $1 * interval '1 millisecond' order by last_failure_at limit $2)
  returning id`;

/** Forgets dead letters that are too old, a few at a time, now and every hour, until it is closed. */
export function startForgettingLetters(database: Database, { log, keepMs = 21 * DAY_MS, everyMs = 3_600_000, chunk = 500 }: ForgettingOptions): { close(): Promise<void> } {
  const stop = new AbortController();
  const round = async (): Promise<void> => {
    while (!stop.signal.aborted && (await database.query(FORGET, [keepMs, chunk])).length === chunk) await pause(BREATH_MS, stop.signal);
  };
  const rounds = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => log.warn({ err: error }, 'old dead letters could not be forgotten; the next round tries again'));
      await pause(everyMs, stop.signal);
    }
  };
  const ended = rounds();
  return {
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}
