import { readdir, readFile } from 'node:fs/promises';

/** Ticks per second of `/proc/<pid>/stat` (proc(5), `sysconf(_SC_CLK_TCK)` is 100 on Linux). */
const TICKS_PER_SECOND = 100;
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

async function sample(pid: string): Promise<ProcessSample | undefined> {
  const [stat, commandLine] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/cmdline`, 'utf8')]).catch(() => ['', '']);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  if (fields.length < 22) return undefined;
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
  return { pid: Number(pid), parent: fields[1] ?? 0, command: commandLine.replaceAll('\0', ' '), cpuMs: (ticks * 1000) / TICKS_PER_SECOND, rssBytes: (fields[21] ?? 0) * PAGE_BYTES };
}

/** CPU milliseconds that the whole tree has spent between two samples. Processes that ended in between are counted with their parents. */
export function cpuBetween(before: readonly ProcessSample[], after: readonly ProcessSample[]): number {
  const known = new Map(before.map(({ pid, cpuMs }) => [pid, cpuMs]));
  return after.reduce((sum, { pid, cpuMs }) => sum + cpuMs - (known.get(pid) ?? 0), 0);
}
