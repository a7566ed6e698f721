import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Output and errors of a short program, or undefined when it cannot be run or fails. */
export async function outputOf(command: string, args: readonly string[], timeoutMs = 10_000): Promise<string | undefined> {
  const result = await execute(command, args, { timeout: timeoutMs }).catch(() => undefined);
  return result && result.stdout + result.stderr;
}

export interface RunOptions {
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

export interface Finished {
  readonly ok: boolean;
  /** The last lines of output, for a person. */
  readonly tail: string;
}

const TAIL_LINES = 8;

/** Runs a program to its end. Rejects only when it cannot be started or the signal aborts. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options.account, ...(options.signal ? { signal: options.signal } : {}) });
  const tail: string[] = [];
  const read = (line: string): void => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    options.onLine?.(line);
  };
  createInterface({ input: child.stdout }).on('line', read);
  createInterface({ input: child.stderr }).on('line', read);
  child.stdin.on('error', () => undefined); // a program that ends without reading its input is judged by its exit code
  child.stdin.end(options.input ?? '');
  const [code]: unknown[] = await once(child, 'close');
  return { ok: code === 0, tail: tail.join(' | ') };
}
