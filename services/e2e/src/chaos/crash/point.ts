/**
 * A moment in which a process dies or falls asleep: right before a certain message leaves it, or right after the answer to it has come in and before
 * anybody in the process has seen it. The wire is the seam, so no service knows of it.
 */
export interface CrashPoint {
  /** What the message is: a statement to the database, a request to the broker, a request to a target. */
  readonly wire: 'sql' | 'kafka' | 'http';
  /** Regular expression on the statement, on the API key of the broker (Kafka protocol guide), or on the first line of the request. */
  readonly at: string;
  /** For `sql`: only in a transaction that has also said this. */
  readonly within?: string;
  readonly when: 'before' | 'after';
  /** `die` (default): SIGKILL. `sleep`: SIGSTOP, and its process id goes to {@link asleepFile}; it goes on when it gets SIGCONT. */
  readonly end?: 'die' | 'sleep';
}

/** Beside the file of the crash point: who fell asleep. */
export function asleepFile(file: string): string {
  return `${file}.asleep`;
}

/** Names the file that holds the {@link CrashPoint} to be met next; the process removes it when it dies. */
export const CRASH_FILE = 'CHAOS_CRASH_FILE';

/** Session time-out that consumers ask for instead of their own, milliseconds; a group then notices sooner that a member died. */
export const SESSION_MS = 'CHAOS_SESSION_MS';
