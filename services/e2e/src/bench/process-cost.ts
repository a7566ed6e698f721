import { readdir, readFile } from 'node:fs/promises';
import { MS_PER_TICK } from './machine.ts';

const PAGE_BYTES = 4096;

export interface ProcessSample {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** User and system time so far, its ended children included, milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** This process and everything below it, from `/proc`. Linux only; elsewhere the list is empty and costs are not shown. */
export async function processTree(root: number = process.pid): Promise<readonly ProcessSample[]> {
  const names = await readdir('/proc').catch(() => []);
  const samples = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(sample));
  const all = samples.filter((one) => one !== undefined);
  const below = new Set([root]);
  for (let before = 0; before !== below.size; ) {
    before = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  return all.filter(({ pid }) => below.has(pid));
}

/** Fields of `/proc/<pid>/stat` after the command's name (proc(5)), counted from the state. */
const PARENT = 1;
const TIMES = [11, 12, 13, 14] as const;
const RSS = 21;

async function sample(pid: string): Promise<ProcessSample | undefined> {
  const [stat, commandLine] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/cmdline`, 'utf8')]).catch(() => ['', '']);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  if (fields.length <= RSS) return undefined;
  const ticks = TIMES.reduce((sum, field) => sum + (fields[field] ?? 0), 0);
  return { pid: Number(pid), parent: fields[PARENT] ?? 0, command: commandLine.replaceAll('\0', ' '), cpuMs: ticks * MS_PER_TICK, rssBytes: (fields[RSS] ?? 0) * PAGE_BYTES };
}

/** CPU milliseconds between two samples, by process. What ended in between is counted with its parent, which has its time by then. */
export function cpuBetween(before: readonly ProcessSample[], after: readonly ProcessSample[]): ReadonlyMap<ProcessSample, number> {
  const pids = new Set(after.map(({ pid }) => pid));
  const spent = new Map<number, number>();
  for (const { pid, parent, cpuMs } of before) {
    const counted = pids.has(pid) ? pid : parent;
    spent.set(counted, (spent.get(counted) ?? 0) + cpuMs);
  }
  return new Map(after.map((process) => [process, process.cpuMs - (spent.get(process.pid) ?? 0)]));
}

/** CPU milliseconds of all processes together. */
export function spentBetween(before: readonly ProcessSample[], after: readonly ProcessSample[]): number {
  return [...cpuBetween(before, after).values()].reduce((sum, ms) => sum + ms, 0);
}

/** The same, summed up by the names of programs. */
export function byName(costs: ReadonlyMap<ProcessSample, number>, names: ReadonlyMap<number, string>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [one, ms] of costs) sums.set(nameOf(one, names), (sums.get(nameOf(one, names)) ?? 0) + ms);
  return sums;
}

export function isPostgres(command: string): boolean {
  return /^postgres:|\/postgres /.test(command);
}

export function nameOf({ pid, command }: ProcessSample, names: ReadonlyMap<number, string>): string {
  const known = names.get(pid);
  if (known !== undefined) return known;
  if (pid === process.pid) return 'load generator';
  if (isPostgres(command)) return 'PostgreSQL itself';
  return command.includes('kafka.Kafka') ? 'Kafka' : 'other';
}
