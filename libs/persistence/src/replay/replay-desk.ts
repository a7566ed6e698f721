import { readReplayOrder, readSent, type ReplayList, type ReplayOrder, type ReplayStatus } from '@rolebridge/contracts';
import type { Database } from '../port.ts';
import { listReplays, type ReplayRange, startReplay, stopReplay } from './replay-jobs.ts';
import type { Replays } from './replay-runner.ts';

/** Structurally the `ReadFrom` of libs/kafka. */
type ReadFrom = { readonly kind: 'beginning' } | { readonly kind: 'offset'; readonly offset: number } | { readonly kind: 'time'; readonly timeMs: number };

export interface ReplayDeskOptions {
  readonly database: Database;
  readonly replays: Replays;
  /** Consumers of this process and the topic that each reads. */
  readonly topics: ReadonlyMap<string, string>;
  /** From a place to the end as it is now; rejects with a RangeError when there is no such partition or offset. */
  readonly ranges: (topic: string, from: ReadFrom, partition?: number) => Promise<readonly ReplayRange[]>;
}

/** What was asked for, or why not, with the status of HTTP. */
export type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: 400 | 404 | 409; readonly problem: string };

/** Takes orders to read a topic again (L27): the same in every service. `operator` comes from the credential (L29). */
export class ReplayDesk {
  readonly #options: ReplayDeskOptions;

  constructor(options: ReplayDeskOptions) {
    this.#options = options;
  }

  async list(): Promise<ReplayList> {
    return { replays: await listReplays(this.#options.database) };
  }

  async order(body: unknown, operator: string): Promise<Answered<ReplayStatus>> {
    const { database, topics, replays } = this.#options;
    const asked = readReplayOrder(body, [...topics.keys()]);
    if (!asked.ok) return { ...asked, status: 400 };
    const order = asked.value;
    const topic = topics.get(order.consumer) ?? '';
    const ranges = await this.#ranges(topic, order);
    if (typeof ranges === 'string') return { ok: false, status: 400, problem: ranges };
    const started = await startReplay(database, { order, topic, ranges, operator });
    replays.wake();
    return started ? { ok: true, value: started } : { ok: false, status: 409, problem: `A replay of ${order.consumer} runs already; wait for its end, or stop it.` };
  }

  async stop(id: string, body: unknown, operator: string): Promise<Answered<ReplayStatus>> {
    const asked = readSent(body, (sent) => sent.reason());
    if (!asked.ok) return { ...asked, status: 400 };
    const stopped = /^\d{1,15}$/.test(id) ? await stopReplay(this.#options.database, { id: Number(id), operator, reason: asked.value }) : 'unknown';
    if (stopped === 'unknown') return { ok: false, status: 404, problem: 'There is no replay with this number here.' };
    return stopped === 'ended' ? { ok: false, status: 409, problem: `Replay ${id} has ended already.` } : { ok: true, value: stopped };
  }

  async #ranges(topic: string, { from, offset = 0, time = '', partition }: ReplayOrder): Promise<readonly ReplayRange[] | string> {
    const place: ReadFrom = from === 'offset' ? { kind: 'offset', offset } : from === 'time' ? { kind: 'time', timeMs: Date.parse(time) } : { kind: 'beginning' };
    try {
      return await this.#options.ranges(topic, place, partition);
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  }
}
