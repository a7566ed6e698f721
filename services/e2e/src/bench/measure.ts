import { load, type LoadOptions } from './load.ts';
import { busyMs, loadAverage } from './machine.ts';
import { cpuBetween, type ProcessSample, processTree } from './process-cost.ts';
import { type Figures, percentile } from './statistics.ts';

/** A target as seen when a user's data arrives: which target, which user, milliseconds since the epoch. */
export type Effect = readonly [target: string, key: string, atMs: number];

/** What is measured: something with a front door and targets behind it, running. */
export interface Subject {
  /** For people. */
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly targets: number;
  /** Effects noted so far, from number `index` on. */
  effects(index: number): Promise<readonly Effect[]>;
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

const SAMPLE_MS = 2_000;
/** Effects carry their own times, so looking seldom costs nothing but patience. */
const LOOK_MS = 250;

/** Loads, waits until every user has arrived at every target, and computes the figures. Rejects when some never arrive. */
export async function measure(options: MeasureOptions): Promise<Figures> {
  const { subject } = options;
  const known = (await subject.effects(0)).length;
  const memory = memoryPeaks();
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
      rssMb: Object.fromEntries(memory.peaks(names)),
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

/** Looks every two seconds at how much memory each process holds. */
function memoryPeaks(): { peaks(names: ReadonlyMap<number, string>): ReadonlyMap<string, number>; stop(): void } {
  const peaks = new Map<number, ProcessSample>();
  const look = async (): Promise<void> => {
    for (const sample of await processTree()) if (sample.rssBytes > (peaks.get(sample.pid)?.rssBytes ?? 0)) peaks.set(sample.pid, sample);
  };
  const timer = setInterval(() => void look(), SAMPLE_MS);
  return {
    stop: () => clearInterval(timer),
    /** Without the database's processes, which share most of what they show. */
    peaks: (names) => new Map([...peaks.values()].filter(({ command }) => !isPostgres(command)).map((sample) => [nameOf(sample, names), sample.rssBytes / 2 ** 20])),
  };
}

function byName(costs: ReadonlyMap<ProcessSample, number>, names: ReadonlyMap<number, string>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [sample, ms] of costs) sums.set(nameOf(sample, names), (sums.get(nameOf(sample, names)) ?? 0) + ms);
  return sums;
}

function isPostgres(command: string): boolean {
  return /^postgres:|\/postgres /.test(command);
}

function nameOf({ pid, command }: ProcessSample, names: ReadonlyMap<number, string>): string {
  const known = names.get(pid);
  if (known !== undefined) return known;
  if (pid === process.pid) return 'load generator';
  if (isPostgres(command)) return 'PostgreSQL itself';
  return command.includes('kafka.Kafka') ? 'Kafka' : 'other';
}
