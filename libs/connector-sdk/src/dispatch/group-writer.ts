import { randomUUID } from 'node:crypto';
import { type Failure, failureOf } from '@rolebridge/contracts';
import type { Call } from '../decide/breaker.ts';
import { shareOf } from '../decide/merge-members.ts';
import { groupWireId } from '../decide/wire-id.ts';
import { GROUP_STALE, type SharedGroups } from '../groups.ts';
import type { CallContext } from '../port.ts';
import type { GroupWaits, Returned } from '../store/group-wait.ts';
import type { GroupDelta, GroupStore } from '../store/group-write.ts';
import type { BreakerKeeper } from './breaker-keeper.ts';
import type { DispatcherLog } from './dispatcher-log.ts';
import { leases, type Leased, type Leases } from './leases.ts';
import { type GroupCalls, GroupLost, writeGroup, type GroupWritten } from './write-group.ts';

export interface GroupWriterOptions {
  readonly system: string;
  readonly groups: SharedGroups;
  readonly store: GroupStore;
  readonly waits: GroupWaits;
  readonly keeper: () => BreakerKeeper;
  /** Groups written at once by this process. */
  readonly slots: number;
  readonly leaseMs: number;
  readonly renewMs: number;
  /** Every call to the target passes here: concurrency and rate. */
  readonly call: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Ends the attempts that waited. `counts`: whether a failure counts against the user. */
  readonly settle: (returned: readonly Returned[], counts: boolean) => Promise<void>;
  /** Links were made due. */
  readonly wakeLinks: () => void;
  readonly log: DispatcherLog;
}

/** Another instance may have stored changes, and one that died leaves them. */
const LOOK_MS = 1_000;

const MOST_CHANGES = 200;

/** Takes groups with due changes, each by one writer over all instances, and writes what all the people wish of it in one go (L21). */
export class GroupWriter {
  readonly #options: GroupWriterOptions;
  readonly #leases: Leases;
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #again = false;
  #stopped = false;
  #prolongedAt = performance.now();

  constructor(options: GroupWriterOptions) {
    this.#options = options;
    const { leaseMs, renewMs, store, log, system } = options;
    this.#leases = leases({
      leaseMs,
      renewMs,
      renew: (tokens) => store.renew(tokens),
      onFailure: (error) => log.warn({ err: error, system }, 'Leases of groups could not be prolonged; they may be written again.'),
    });
  }

  /** Something may be due: looks now. */
  wake(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
      if (this.#again) {
        this.#again = false;
        this.wake();
      } else if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), LOOK_MS).unref();
    });
  }

  /** Gives calls in flight `graceMs` to end, then aborts them; what they left is taken over when the lease ends. */
  async close(graceMs = 5_000): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const grace = setTimeout(() => this.#abort.abort(), graceMs);
    await Promise.allSettled(this.#running);
    clearTimeout(grace);
    this.#leases.close();
  }

  async #look(): Promise<void> {
    const { store, waits, keeper, slots, wakeLinks, log, system } = this.#options;
    try {
      if ((await waits.letGo()) > 0) wakeLinks();
      await this.#prolong();
      const free = keeper().allowance(slots - this.#running.size);
      if (free <= 0 || this.#stopped) return;
      const since = performance.now();
      const token = randomUUID();
      for (const group of await store.claim(free, token)) this.#begin({ userId: group, token }, since);
    } catch (error) {
      log.warn({ err: error, system }, 'Could not look for groups to write; trying again.');
    }
  }

  async #prolong(): Promise<void> {
    if (performance.now() < this.#prolongedAt + this.#options.leaseMs) return;
    this.#prolongedAt = performance.now();
    await this.#options.waits.prolong();
  }

  #begin(lease: Leased, since: number): void {
    this.#leases.take(lease, since);
    const work = this.#work(lease).finally(() => {
      this.#leases.drop(lease);
      this.#running.delete(work);
      this.wake();
    });
    this.#running.add(work);
  }

  async #work(lease: Leased): Promise<void> {
    const { store, log, system } = this.#options;
    try {
      const over = await store.doubtIsOver(lease.userId);
      const doubt = await this.#writeAll(lease);
      await store.release(lease.userId, lease.token, over && !doubt);
    } catch (error) {
      // Kept leased: whoever takes over knows by that that a write may be under way.
      if (error instanceof GroupLost) log.warn({ system }, 'A group went to another writer while this one was paused.');
      else log.warn({ err: error, system }, 'What became of a group could not be stored; it is written again when its lease ends.');
    }
  }

  /** Share by share, until nothing is due; whether a write without a known end is under way. */
  async #writeAll(lease: Leased): Promise<boolean> {
    let doubt = false;
    let share = await this.#share(lease);
    while (share.length > 0) {
      doubt = (await this.#writeShare(lease, share)) || doubt;
      if (this.#stopped || this.#options.keeper().allowance(1) === 0) return doubt;
      share = await this.#share(lease);
      if (share.every(({ done }) => done)) return doubt;
    }
    return doubt;
  }

  /** What is due, with everything that a late write could have undone. */
  async #share(lease: Leased): Promise<readonly GroupDelta[]> {
    const { store, keeper, groups } = this.#options;
    const most = keeper().breaker.mode === 'half-open' ? 1 : (groups.maxChanges ?? MOST_CHANGES);
    const all = await store.deltas(lease.userId, most);
    return [...shareOf(all.filter(({ done }) => !done), most), ...all.filter(({ done }) => done)];
  }

  async #writeShare(lease: Leased, deltas: readonly GroupDelta[]): Promise<boolean> {
    const { waits, keeper, settle } = this.#options;
    const counts = keeper().breaker.mode === 'closed';
    const { results, doubt } = await this.#judged(await writeGroup(lease.userId, deltas, this.#calls(lease)));
    if (this.#abort.signal.aborted) throw new GroupLost();
    const unrepaired = results.some(({ delta, failure }) => delta.done && failure !== undefined && failure.kind !== 'rejected');
    const returned = await waits.finish(lease.userId, results, doubt || unrepaired);
    await settle(returned, counts && keeper().breaker.mode === 'closed');
    return doubt || unrepaired;
  }

  /** Refused rights are confirmed by a call that touches nobody, once for all (L25). */
  async #judged(written: GroupWritten): Promise<GroupWritten> {
    const halting = written.results.find(({ failure }) => failure?.kind === 'halting')?.failure;
    if (halting === undefined) return written;
    const { keeper } = this.#options;
    const instead = await keeper().confirmed(halting);
    await keeper().answered([{ call: 'write', failure: instead }]);
    return { ...written, results: written.results.map((result) => (result.failure?.kind === 'halting' ? { ...result, failure: instead } : result)) };
  }

  #calls(lease: Leased): GroupCalls {
    const { groups, system } = this.#options;
    const group = lease.userId;
    const context: CallContext = { correlationId: '', wireId: '', signal: this.#abort.signal };
    return {
      read: () => this.#answered('read', () => groups.read(group, context)),
      write: (change, numbers) => this.#answered('write', () => groups.write({ group, ...change }, { ...context, wireId: groupWireId({ system, group, numbers, ...change }) })),
      holds: () => this.#leases.holds(lease),
    };
  }

  async #answered<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const { keeper } = this.#options;
    try {
      const answer = await this.#options.call(work, this.#abort.signal);
      await keeper().answered([{ call }]);
      return answer;
    } catch (error) {
      const failure: Failure = failureOf(error);
      if (failure.kind !== 'halting' && failure.code !== GROUP_STALE) await keeper().answered([{ call, failure }]);
      throw error;
    }
  }
}
