import { randomUUID } from 'node:crypto';
import type { IncomingRecord } from '@rolebridge/contracts';
import { isConnectionError } from '../connection/sql-error.ts';
import type { Log } from '../log.ts';
import type { Database, Sql } from '../port.ts';
import { bell } from '../waiting/bell.ts';
import { claimReplay, endReplay, noteProgress, type ReplayJob, type ReplayRange } from './replay-jobs.ts';

/** What a consumer does with records that come again. */
export interface ReplayTaker {
  /** As in the jobs. */
  readonly consumer: string;
  /**
   * Takes them with the fence on, in the transaction; buries nothing. How many were news, and how many cannot be read.
   */
  readonly take: (sql: Sql, records: readonly IncomingRecord[]) => Promise<{ readonly changed: number; readonly unreadable: number }>;
  /** Called after something was news. */
  readonly wake: () => void;
  /** Failures that say nothing about the records: everything is tried again later. Default: those of the connection. */
  readonly isNobodysFault?: (error: unknown) => boolean;
}

type Next = readonly { readonly partition: number; readonly offset: number }[];

/** Structurally `Kafka.reread` of libs/kafka. */
export type Reread = (options: {
  readonly groupId: string;
  readonly topic: string;
  readonly ranges: readonly ReplayRange[];
  readonly handler: (records: readonly IncomingRecord[], next: Next) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly signal: AbortSignal;
}) => Promise<void>;

export interface ReplayOptions {
  readonly database: Database;
  readonly takers: readonly ReplayTaker[];
  readonly reread: Reread;
  readonly topicPrefix: string;
  readonly log: Log;
}

export interface Replays {
  /** An order may be there. */
  wake(): void;
  close(): Promise<void>;
}

/** After this without progress another process may go on with it. */
const LEASE_MS = 30_000;
/** How often to look for orders that were given to another instance, or left by one that died. */
const LOOK_MS = 10_000;
const AFTER_FAILURE_MS = 2_000;

/** Works the orders to read again, one at a time, for as long as the process lives; takes up what another one left. */
export function startReplays(options: ReplayOptions): Replays {
  const stop = new AbortController();
  const alarm = bell();
  const ended = (async () => {
    while (!stop.signal.aborted) {
      const worked = await workOne(options, stop.signal).catch((error: unknown) => {
        options.log.warn({ err: error }, 'a replay was interrupted; it goes on soon');
        return undefined;
      });
      if (worked !== true) await alarm.wait(worked === undefined ? AFTER_FAILURE_MS : LOOK_MS, stop.signal);
    }
  })();
  return {
    wake: () => alarm.ring(),
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

class Stopped extends Error {}

async function workOne({ database, takers, reread, topicPrefix, log }: ReplayOptions, stop: AbortSignal): Promise<boolean> {
  const job = await claimReplay(database, takers.map(({ consumer }) => consumer), { token: randomUUID(), leaseMs: LEASE_MS });
  const taker = takers.find(({ consumer }) => consumer === job?.consumer);
  if (job === undefined || taker === undefined) return false;
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  // a failure is not the end: the next try comes in time, and a lease that is lost stops the next record
  const keeping = setInterval(() => void keep(database, job, over).catch(() => undefined), LEASE_MS / 3).unref();
  try {
    await reread({
      groupId: `${topicPrefix}${job.consumer}.replay-${job.id}`,
      topic: job.topic,
      ranges: job.ranges,
      handler: (records, next) => take(database, job, { taker, records, next, over }),
      onFailure: (error) => log.warn({ err: error, consumer: job.consumer }, 'a part of a replay took no effect; it is tried again'),
      signal,
    });
    if (!signal.aborted) await endReplay(database, job);
  } finally {
    await letGo(database, job).catch(() => undefined); // then its lease ends by itself
    clearInterval(keeping);
  }
  return true;
}

/** Nothing comes for a while: the job is still ours, unless an operator has stopped it. */
async function keep(database: Database, job: ReplayJob, over: AbortController): Promise<void> {
  if (!(await noteProgress(database, job, { records: 0, changed: 0, unreadable: 0, next: [] }, LEASE_MS))) over.abort();
}

/** Whoever looks next may go on at once, if it has not ended. */
async function letGo(database: Database, { id, token }: ReplayJob): Promise<void> {
  await database.query('update replay set lease_until = now() where id = $1 and lease_token = $2::uuid', [id, token]);
}

interface Part {
  readonly taker: ReplayTaker;
  readonly records: readonly IncomingRecord[];
  readonly next: Next;
  readonly over: AbortController;
}

/** One bad record stops nothing (L3): what fails is halved until the record at fault is alone. */
async function take(database: Database, job: ReplayJob, part: Part): Promise<void> {
  const { taker, records, next, over } = part;
  try {
    const { changed } = await database.transaction(async (sql) => {
      const result = await taker.take(sql, records);
      if (!(await noteProgress(sql, job, { ...result, records: records.length, next }, LEASE_MS))) throw new Stopped('stopped');
      return result;
    });
    if (changed > 0) taker.wake();
  } catch (error) {
    if (error instanceof Stopped) return over.abort();
    if ((taker.isNobodysFault ?? isConnectionError)(error)) throw error;
    if (records.length === 1) return void (await noteProgress(database, job, { records: 1, changed: 0, unreadable: 1, next }, LEASE_MS));
    const middle = Math.ceil(records.length / 2);
    await take(database, job, { ...part, records: records.slice(0, middle), next: [] });
    await take(database, job, { ...part, records: records.slice(middle) });
  }
}
