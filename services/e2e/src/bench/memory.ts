import { isPostgres, nameOf, type ProcessSample, processTree } from './process-cost.ts';
import { percentile } from './statistics.ts';

const SAMPLE_MS = 2_000;

/** Megabytes of resident memory by program, without the database's processes, which share most of what they show. */
type MemoryMb = Readonly<Record<string, number>>;

export interface MemoryWatch {
  /** The most that was seen. */
  peaks(names: ReadonlyMap<number, string>): MemoryMb;
  /** What was seen half of the time. */
  medians(names: ReadonlyMap<number, string>): MemoryMb;
  stop(): void;
}

/** Looks every two seconds at how much memory each process holds. */
export function memoryWatch(): MemoryWatch {
  const seen = new Map<number, ProcessSample[]>();
  const look = async (): Promise<void> => {
    for (const sample of await processTree()) seen.set(sample.pid, [...(seen.get(sample.pid) ?? []), sample]);
  };
  void look();
  const timer = setInterval(() => void look(), SAMPLE_MS);
  const by = (figure: (values: readonly number[]) => number, names: ReadonlyMap<number, string>): MemoryMb =>
    Object.fromEntries([...seen.values()].flatMap((samples) => {
      const last = samples.at(-1);
      return last === undefined || isPostgres(last.command) ? [] : [[nameOf(last, names), figure(samples.map(({ rssBytes }) => rssBytes)) / 2 ** 20]];
    }));
  return {
    stop: () => clearInterval(timer),
    peaks: (names) => by((values) => Math.max(...values), names),
    medians: (names) => by((values) => percentile(values, 0.5), names),
  };
}
