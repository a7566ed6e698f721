import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { StackProblem, type Running } from './stack-problem.ts';

export interface ChildOptions {
  /** For people: `Kafka`, `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly cwd?: string;
  /** Whom it runs as, where we are root and it must not be. */
  readonly account?: { readonly uid: number; readonly gid: number };
  /** Asks it to end. */
  readonly stopSignal: NodeJS.Signals;
  /** After this long it is killed. */
  readonly stopGraceMs: number;
  /** Removed once it is gone. */
  readonly removeAfter?: readonly string[];
}

export interface Child extends Running {
  readonly pid: number;
  hasEnded(): boolean;
}

/**
 * Waits until its input closes, which happens when we say so and also when this process dies in whatever way; then ends the
 * child and removes its folders. Arguments: pid, signal, tenths of a second, folders.
 */
const WATCHDOG = `
trap '' HUP INT TERM
cat >/dev/null
pid=$1; signal=$2; tenths=$3; shift 3
kill -s "$signal" "$pid" 2>/dev/null
while [ "$tenths" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; tenths=$((tenths - 1)); done
kill -s KILL "$pid" 2>/dev/null
for folder in "$@"; do rm -rf -- "$folder"; done
`;

/** Starts a server that never outlives this process. Its output goes to the log file. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = await spawnServer(options);
  const pid = child.pid ?? 0;
  const watchdog = spawnWatchdog(pid, options);
  let wanted = false;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      if (!wanted) void describeEnd(options, code, signal).then(resolve);
    });
  });
  const stop = async (): Promise<void> => {
    wanted = true;
    if (watchdog.exitCode !== null) return;
    const gone = once(watchdog, 'exit');
    watchdog.ref();
    watchdog.stdin?.end();
    await gone;
  };
  return { pid, exited, stop, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
}

/** In a process group of its own: Ctrl-C goes to us, and we stop the servers in the right order. */
async function spawnServer(options: ChildOptions): Promise<ChildProcess> {
  const log = openSync(options.logFile, 'a');
  try {
    const child = spawn(options.command, options.args, {
      stdio: ['ignore', log, log],
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...options.account,
    });
    await once(child, 'spawn');
    child.unref();
    return child;
  } catch (cause) {
    throw new StackProblem(`${options.name} could not be started: ${options.command} cannot be run (${reason(cause)}).`, { cause });
  } finally {
    closeSync(log);
  }
}

function spawnWatchdog(pid: number, options: ChildOptions): ChildProcess {
  const args = [String(pid), options.stopSignal.replace('SIG', ''), String(Math.ceil(options.stopGraceMs / 100)), ...(options.removeAfter ?? [])];
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'rolebridge-watchdog', ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watchdog.unref();
  // The pipe must not keep this process alive; it exists to close when this process ends.
  if (watchdog.stdin && 'unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref();
  return watchdog;
}

async function describeEnd(options: ChildOptions, code: number | null, signal: NodeJS.Signals | null): Promise<string> {
  const how = signal ? `killed by ${signal}` : `exit code ${code}`;
  return `${options.name} ended by itself (${how}); its log ${options.logFile} ends with: ${await lastLines(options.logFile)}`;
}

const SHOWN_LINES = 3;

/** The last lines of a log, on one line. */
export async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-SHOWN_LINES).join(' | ') || '(nothing)';
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
