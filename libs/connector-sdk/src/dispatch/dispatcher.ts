import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Breaker } from '../decide/breaker.ts';
import { isMoving, type Owner } from '../decide/ownership.ts';
import type { Connector } from '../port.ts';
import type { ClaimedLink, LinkStore } from '../store/link-store.ts';
import { type Leases, leases } from './leases.ts';
import { answersOf, attemptLink, type AttemptContext, type Ending, hasLeftAlready, leftAlready, OWNER_CHANGED, ownerFailure } from './attempt.ts';
import { BreakerKeeper } from './breaker-keeper.ts';
import type { DispatcherLog } from './dispatcher-log.ts';

export type { DispatcherLog };

export interface DispatcherOptions {
  readonly system: string;
  readonly connector: Connector<object, unknown>;
  readonly store: LinkStore;
  /** Rows worked on at once. */
  readonly slots: number;
  readonly leaseMs: number;
  /** Default a third of the lease. */
  readonly renewMs?: number;
  readonly attempt: Omit<AttemptContext, 'connector' | 'store' | 'signal' | 'leaseHolds'>;
  /** Stores how one attempt ended; resolves when it is committed. `counts`: whether the failure counts against the user. */
  readonly settle: (link: ClaimedLink, ending: Ending, facts: { readonly accountKey: string; readonly counts: boolean }) => Promise<void>;
  /** Told at each change of the breaker, to be shown to operators. */
  readonly onBreaker: (breaker: Breaker) => Promise<void>;
  readonly log: DispatcherLog;
}

interface ChosenKey {
  readonly key: string;
  readonly foreign: boolean;
  /** Its owner was perhaps about to give it up. */
  readonly moving: boolean;
}

/** At first contact the key is fixed for ever (L20). */
function keyIsFixed(link: ClaimedLink): boolean {
  return link.accountKey !== null && (link.owned || link.applied !== null || link.attempted.length > 0);
}

/**
 * The first candidate that nobody else owns. An owner who is perhaps about to give the name up is waited for: behind another key the
 * login would still collide, and a target that does not confirm would not even say so (L20).
 */
function chooseKey(userId: string, candidates: readonly string[], owners: ReadonlyMap<string, Owner>): ChosenKey {
  const others = candidates.map((key) => ({ key, owner: owners.get(key) })).map(({ key, owner }) => ({ key, owner: owner?.userId === userId ? undefined : owner }));
  const chosen = others.find(({ owner }) => owner === undefined || isMoving(owner)) ?? others.at(-1);
  return { key: chosen?.key ?? '', foreign: chosen?.owner !== undefined, moving: chosen?.owner !== undefined && isMoving(chosen.owner) };
}

/** Few free slots are filled a little later, many at once: one claim then takes several rows. */
const REFILL_MS = 5;

/** An idle dispatcher looks at least this often: another instance may have stored wishes. */
const LONGEST_IDLE_MS = 1_000;

/**
 * Takes due rows of one system, as many as there are free slots and as the breaker allows, leavers first. Never sleeps on a row:
 * a delay is the row's due time, and one timer is armed for the earliest.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #leases: Leases;
  /** Shared with everybody else who calls this target. */
  readonly keeper: BreakerKeeper;
  #timer: NodeJS.Timeout | undefined;
  #refilling: NodeJS.Timeout | undefined;
  #verifiedAt = -Infinity;
  #stopped = false;
  #claiming = false;
  #looking: Promise<void> = Promise.resolve();
  #again = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#leases = leases({
      leaseMs: options.leaseMs,
      renewMs: options.renewMs ?? options.leaseMs / 3,
      renew: (tokens) => options.store.renew(tokens),
      onFailure: (error) => options.log.warn({ err: error, system: options.system }, 'Leases could not be prolonged; what is at work may be done again.'),
    });
    const { system, connector, onBreaker, log } = options;
    this.keeper = new BreakerKeeper({ system, onBreaker, log, probe: (signal) => connector.probe(signal), signal: this.signal });
    setMaxListeners(0, this.#abort.signal);
  }

  get breaker(): Breaker {
    return this.keeper.breaker;
  }

  /** Calls in flight end when this aborts. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Makes leases of ours outlive a call of `callMs`; the people whose leases still hold (L22). */
  async prolong(userIds: readonly string[], callMs: number): Promise<ReadonlySet<string>> {
    const { store, leaseMs } = this.#options;
    return new Set(await store.renew(this.#leases.tokensOf(userIds), leaseMs + callMs));
  }

  /** Something may be due: looks now. Cheap, may be called at any time. */
  wake(): void {
    if (this.#abort.signal.aborted) return;
    clearTimeout(this.#refilling);
    this.#refilling = undefined;
    if (this.#claiming) {
      this.#again = true;
      return;
    }
    this.#claiming = true;
    this.#looking = this.#look().finally(() => {
      this.#claiming = false;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  }

  /** Stops claiming, gives calls in flight `graceMs` to end, then aborts them. Their rows are due again when their lease ends. */
  async close(graceMs = 5_000): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#refilling);
    const grace = setTimeout(() => this.#abort.abort(), graceMs);
    this.#stopped = true;
    await this.#looking; // whoever is being claimed just now is worked for as well
    await Promise.allSettled(this.#running);
    clearTimeout(grace);
    this.#leases.close();
    this.#abort.abort();
  }

  async #look(): Promise<void> {
    try {
      await this.keeper.refresh();
      await this.#wakeVerifications();
      const wanted = this.#stopped ? 0 : this.keeper.allowance(this.#options.slots - this.#running.size);
      const claimed = wanted > 0 ? await this.#claim(wanted) : 0;
      if (claimed < wanted || wanted === 0) await this.#arm();
    } catch (error) {
      this.#options.log.warn({ err: error, system: this.#options.system }, 'Could not look for due work; trying again.');
      this.#armIn(LONGEST_IDLE_MS);
    }
  }

  async #wakeVerifications(): Promise<void> {
    if (performance.now() < this.#verifiedAt + LONGEST_IDLE_MS) return;
    this.#verifiedAt = performance.now();
    await this.#options.store.wakeVerifications();
  }

  /** A place became free: refilled at once when the worker would run dry, else together with the next ones. */
  #refill(): void {
    if (this.#running.size <= this.#options.slots / 2) this.wake();
    else this.#refilling ??= setTimeout(() => this.wake(), REFILL_MS);
  }

  async #claim(wanted: number): Promise<number> {
    const since = performance.now();
    const links = await this.#options.store.claim(wanted, randomUUID(), this.breaker.mode === 'half-open');
    if (links.length === 0) return 0;
    const keys = await this.#keysFor(links);
    for (const link of links) {
      this.#leases.take(link, since);
      const work = this.#work(link, keys.get(link.userId) ?? { key: '', foreign: false, moving: false }).finally(() => {
        this.#leases.drop(link);
        this.#running.delete(work);
        this.#refill();
      });
      this.#running.add(work);
    }
    return links.length;
  }

  /** The stored key, or at first contact the first candidate that nobody else owns; when there is none, who owns the last. */
  async #keysFor(links: readonly ClaimedLink[]): Promise<ReadonlyMap<string, ChosenKey>> {
    const { connector, store } = this.#options;
    const candidates = new Map(links.map((link) => [link.userId, keyIsFixed(link) ? [link.accountKey ?? ''] : connector.keyCandidates(link.desired)]));
    const asked = links.filter((link) => !link.owned).flatMap((link) => candidates.get(link.userId) ?? []);
    const owners = asked.length > 0 ? await store.ownersOfKeys([...new Set(asked)]) : new Map<string, Owner>();
    return new Map(links.map((link) => [link.userId, chooseKey(link.userId, candidates.get(link.userId) ?? [], owners)]));
  }

  async #work(link: ClaimedLink, key: ChosenKey): Promise<void> {
    const { connector, store, attempt, settle, log, system } = this.#options;
    try {
      const context: AttemptContext = { ...attempt, connector, store, signal: this.signal, leaseHolds: () => this.#leases.holds(link) };
      const ending = await this.#confirm(await this.#attempt(link, key, context));
      if (this.signal.aborted && ending.kind === 'failed') return; // stopped in the middle, which is nobody's failure: as after a kill
      const counts = this.breaker.mode === 'closed';
      await this.keeper.answered(answersOf(ending, connector.confirmable));
      await settle(link, ending, { accountKey: key.key, counts: counts && this.breaker.mode === 'closed' });
    } catch (error) {
      log.warn({ err: error, system, userId: link.userId }, 'The result of an attempt could not be stored; the row is due again when its lease ends.');
    }
  }

  /** A key that another person owns is not ours to observe or to write (L20). */
  async #attempt(link: ClaimedLink, key: ChosenKey, context: AttemptContext): Promise<Ending> {
    if (!key.foreign) return attemptLink(link, key.key, context);
    if (hasLeftAlready(link)) return leftAlready(link);
    const owner = await ownerFailure(link, { key: key.key, id: null }, context.store);
    const failure = key.moving && owner.failure.kind === 'rejected' ? OWNER_CHANGED : owner.failure; // the owner stays: perhaps there is another key
    return { kind: 'failed', ...owner, failure, accountId: link.accountId, wrote: false, steps: [] };
  }

  async #confirm(ending: Ending): Promise<Ending> {
    return ending.kind === 'failed' ? { ...ending, failure: await this.keeper.confirmed(ending.failure) } : ending;
  }

  async #arm(): Promise<void> {
    const pauseMs = this.breaker.until - performance.now();
    if (this.breaker.mode !== 'closed' || pauseMs > 0) return this.#armIn(Math.max(10, Math.min(pauseMs, LONGEST_IDLE_MS)));
    if (this.#running.size >= this.#options.slots) return;
    const due = await this.#options.store.nextDueInMs();
    this.#armIn(Math.min(due ?? LONGEST_IDLE_MS, LONGEST_IDLE_MS));
  }

  #armIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.wake(), Math.max(1, ms));
  }
}
