import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Ticks per second of `/proc` (proc(5), `sysconf(_SC_CLK_TCK)` is 100 on Linux). */
export const MS_PER_TICK = 10;

/** What a run was measured on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
}

export function machine(): Machine {
  return { cores: availableParallelism(), processor: cpus()[0]?.model.trim() ?? 'unknown', memoryGb: Math.round(totalmem() / 2 ** 30), node: process.version };
}

/** Load average of the last minute. */
export function loadAverage(): number {
  return loadavg()[0] ?? Number.NaN;
}

/** Busy time of all processors since the machine started, milliseconds; 0 where `/proc` is missing. */
export async function busyMs(): Promise<number> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => '');
  const [user, nice, system, , , ...rest] = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
  const [irq, softIrq, steal] = rest;
  return [user, nice, system, irq, softIrq, steal].reduce((sum: number, ticks) => sum + (ticks ?? 0), 0) * MS_PER_TICK;
}
