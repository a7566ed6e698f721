import { readFile } from 'node:fs/promises';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  /** Start time in clock ticks since boot where the system tells it (Linux `/proc/<pid>/stat`, field 22), else empty. */
  readonly started: string;
}

const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/** The mark of a living process, or undefined. A zombie counts as gone. */
export async function markOf(pid: number): Promise<ProcessMark | undefined> {
  if (!isAlive(pid)) return undefined;
  const fields = await statFields(pid);
  if (fields?.[STATE_FIELD] === 'Z') return undefined;
  return { pid, started: fields?.[START_TIME_FIELD] ?? '' };
}

/** Whether this very process still runs. */
export async function stillRuns(mark: ProcessMark): Promise<boolean> {
  const now = await markOf(mark.pid);
  return now !== undefined && now.started === mark.started;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The fields of `/proc/<pid>/stat` behind the command's closing bracket; undefined where there is no `/proc`. */
async function statFields(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
