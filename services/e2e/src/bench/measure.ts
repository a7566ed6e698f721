import { cpuBetween, type ProcessSample, processTree } from './process-cost.ts';
import { load, type LoadOptions } from './load.ts';
import { type Figures, percentile } from './statistics.ts';

export interface Effects {
  /** Effects noted by the stub target since the start: `[path, key, at]`. */
  since(index: number): Promise<readonly (readonly [path: string, key: string, atMs: number])[]>;
}

export interface MeasureOptions {
  readonly load: LoadOptions;
  readonly targets: number;
  readonly effects: Effects;
  /** Program names by process id. */
  readonly names: () => ReadonlyMap<number, string>;
  readonly timeoutMs: number;
}

const SAMPLE_MS = 1_000;

/** Loads, waits until every user has arrived at every target, and computes the figures. Rejects when some never arrive. */
export async function measure(options: MeasureOptions): Promise<Figures> {
  const known = (await options.effects.since(0)).length;
  const before = await processTree();
  const peak = new Map<string, number>();
  const sampler = setInterval(() => void processTree().then((samples) => notePeak(samples, options.names(), peak)), SAMPLE_MS);
  try {
    const sent = await load(options.load);
    const arrivals = await allArrived(options, known);
    const after = await processTree();
    notePeak(after, options.names(), peak);
    const latencies = [...sent.sentAt].map(([key, at]) => (arrivals.get(key) ?? Number.NaN) - at);
    const users = options.load.users.length;
    const lastEffect = Math.max(...arrivals.values());
    return {
      users,
      targets: options.targets,
      usersPerSecond: (users * 1000) / (lastEffect - sent.startedAt),
      acceptedPerSecond: (users * 1000) / (sent.endedAt - sent.startedAt),
      cpuMsPerUser: cpuBetween(before, after) / users,
      p50: percentile(latencies, 0.5),
      p95: percentile(latencies, 0.95),
      p99: percentile(latencies, 0.99),
      rssMb: Object.fromEntries(peak),
      cpuMs: costByName(before, after, options),
    };
  } finally {
    clearInterval(sampler);
  }
}

/** The time of the last first arrival per user: every target must have seen the user at least once. */
async function allArrived({ load: { users }, targets, effects, timeoutMs }: MeasureOptions, known: number): Promise<ReadonlyMap<string, number>> {
  const end = Date.now() + timeoutMs;
  const seen = new Map<string, Map<string, number>>(users.map(({ key }) => [key, new Map()]));
  let index = known;
  for (;;) {
    const notes = await effects.since(index);
    index += notes.length;
    for (const [path, key, at] of notes) if (!seen.get(key)?.has(path)) seen.get(key)?.set(path, at);
    const missing = users.filter(({ key }) => (seen.get(key)?.size ?? 0) < targets).length;
    if (missing === 0) return new Map([...seen].map(([key, times]) => [key, Math.max(...times.values())]));
    if (Date.now() > end) throw new Error(`${missing} of ${users.length} users have not arrived at every target within ${timeoutMs / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function notePeak(samples: readonly ProcessSample[], names: ReadonlyMap<number, string>, peak: Map<string, number>): void {
  for (const [name, bytes] of sumByName(samples, names, ({ rssBytes }) => rssBytes)) {
    if (name !== 'postgres') peak.set(name, Math.max(peak.get(name) ?? 0, bytes / 2 ** 20)); // its processes share most of what they show
  }
}

function costByName(before: readonly ProcessSample[], after: readonly ProcessSample[], { names, load: { users } }: MeasureOptions): Readonly<Record<string, number>> {
  const start = sumByName(before, names(), ({ cpuMs }) => cpuMs);
  const all = [...sumByName(after, names(), ({ cpuMs }) => cpuMs)];
  return Object.fromEntries(all.map(([name, cpu]): [string, number] => [name, (cpu - (start.get(name) ?? 0)) / users.length]).filter(([, cost]) => cost >= 0.005));
}

function sumByName(samples: readonly ProcessSample[], names: ReadonlyMap<number, string>, value: (sample: ProcessSample) => number): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const sample of samples) {
    const name = nameOf(sample, names);
    sums.set(name, (sums.get(name) ?? 0) + value(sample));
  }
  return sums;
}

function nameOf({ pid, command }: ProcessSample, names: ReadonlyMap<number, string>): string {
  if (pid === process.pid) return 'load generator';
  if (/^postgres|\/postgres /.test(command)) return 'postgres';
  if (command.includes('kafka.Kafka')) return 'kafka';
  return names.get(pid) ?? 'other';
}
