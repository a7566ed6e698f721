import { load, type LoadOptions } from './load.ts';
import { busyMs, loadAverage } from './machine.ts';
import { memoryWatch } from './memory.ts';
import { byName, cpuBetween, processTree } from './process-cost.ts';
import { type Figures, percentile } from './statistics.ts';

/** A target as seen when a user's data arrives: which target, which user, milliseconds since the epoch, and what it says. */
export type Effect = readonly [target: string, key: string, atMs: number, familyName?: string, inactive?: boolean];

/** What is measured: something with a front door and targets behind it, running. */
export interface Subject {
  /** For people. */
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly targets: number;
  /** Effects noted so far, from number `index` on. */
  effects(index: number): Promise<readonly Effect[]>;
  /** How many were noted so far. */
  effectCount(): Promise<number>;
  /** Names of its processes by process id, those of the database included. */
  names(): Promise<ReadonlyMap<number, string>>;
  /** Aborted when one of its programs ended by itself: what was measured is void. */
  readonly broken: AbortSignal;
  stop(): Promise<void>;
}

export interface MeasureOptions {
  readonly subject: Subject;
  readonly load: Pick<LoadOptions, 'users' | 'connections' | 'perSecond'>;
  /** Longest time without any effect. */
  readonly patienceMs: number;
}

/** Effects carry their own times, so looking seldom costs nothing but patience. */
const LOOK_MS = 250;

/** Loads, waits until every user has arrived at every target, and computes the figures. Rejects when some never arrive. */
export async function measure(options: MeasureOptions): Promise<Figures> {
  const { subject } = options;
  const known = await subject.effectCount();
  const memory = memoryWatch();
  const before = await processTree();
  const busyBefore = await busyMs();
  try {
    const sent = await load({ ...options.load, url: subject.url, token: subject.token });
    const arrivals = await allArrived(options, known);
    const [after, busyAfter] = await Promise.all([processTree(), busyMs()]);
    const names = await subject.names();
    const costs = byName(cpuBetween(before, after), names);
    const spent = [...costs.values()].reduce((sum, ms) => sum + ms, 0);
    const { users } = options.load;
    return {
      users: users.length,
      targets: subject.targets,
      requestedPerSecond: options.load.perSecond,
      usersPerSecond: (users.length * 1000) / (Math.max(...arrivals.values()) - sent.startedAt),
      acceptedPerSecond: (users.length * 1000) / (sent.endedAt - sent.startedAt),
      cpuMsPerUser: spent / users.length,
      latencyMs: latencies([...sent.sentAt].map(([key, at]) => (arrivals.get(key) ?? Number.NaN) - at)),
      cpuMs: Object.fromEntries([...costs].map(([name, ms]): [string, number] => [name, ms / users.length]).filter(([, ms]) => ms >= 0.005)),
      rssMb: memory.peaks(names),
      usualRssMb: memory.medians(names),
      loadAverage: loadAverage(),
      othersShare: Math.max(0, busyAfter - busyBefore - spent) / (busyAfter - busyBefore),
    };
  } finally {
    memory.stop();
  }
}

function latencies(values: readonly number[]): Figures['latencyMs'] {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) };
}

/** When each user arrived at the last of the targets. */
async function allArrived({ load: { users }, subject, patienceMs }: MeasureOptions, known: number): Promise<ReadonlyMap<string, number>> {
  const arrivals = arrivalsOf(users, subject.targets);
  let progressAt = Date.now();
  for (let index = known; arrivals.missing() > 0; ) {
    subject.broken.throwIfAborted();
    const effects = await subject.effects(index);
    index += effects.length;
    effects.forEach(arrivals.note);
    if (effects.length > 0) progressAt = Date.now();
    if (Date.now() - progressAt > patienceMs) throw new Error(`${arrivals.missing()} of ${users.length} users have not arrived at every target; nothing has come for ${patienceMs / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return arrivals.complete;
}

/** Counts the first arrival at each target. */
function arrivalsOf(users: LoadOptions['users'], targets: number) {
  const pending = new Map(users.map(({ key }) => [key, new Map<string, number>()]));
  const complete = new Map<string, number>();
  return {
    complete,
    missing: () => pending.size,
    note: ([target, key, at]: Effect): void => {
      const times = pending.get(key);
      if (!times) return;
      if (!times.has(target)) times.set(target, at);
      if (times.size < targets) return;
      complete.set(key, Math.max(...times.values()));
      pending.delete(key);
    },
  };
}
