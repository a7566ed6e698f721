import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';

export interface Program {
  /** For people and for the log file. */
  readonly name: string;
  /** Absolute path of a compiled module. */
  readonly module: string;
  readonly arguments?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
}

export interface Supervised {
  readonly name: string;
  /** Process id now; another one after a restart. */
  pid(): number | undefined;
  /** Sends a signal without stopping the supervision: a killed program is started again. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it for good: SIGTERM, after `graceMs` SIGKILL. */
  stop(graceMs?: number): Promise<void>;
  readonly restarts: () => number;
}

export interface SupervisionOptions {
  readonly logFolder: string;
  /** Told when a program ended by itself; it is started again after a short pause. */
  readonly onRestart: (name: string, how: string) => void;
}

const RESTART_PAUSE_MS = 500;
const DEFAULT_GRACE_MS = 8_000;

/** Starts a program and starts it again whenever it ends, as an orchestrator would, until it is stopped. Dies with this process. */
export function supervise(program: Program, options: SupervisionOptions): Supervised {
  const log = createWriteStream(path.join(options.logFolder, `${program.name}.log`), { flags: 'a' });
  let child = launch(program, log);
  let wanted = true;
  let restarts = 0;
  let pause: NodeJS.Timeout | undefined;

  const watch = (): void => {
    child.once('exit', (code, signal) => {
      if (!wanted) return;
      options.onRestart(program.name, signal ? `killed by ${signal}` : `exit code ${code}`);
      pause = setTimeout(() => {
        restarts += 1;
        child = launch(program, log);
        watch();
      }, RESTART_PAUSE_MS);
    });
  };
  watch();

  return {
    name: program.name,
    pid: () => child.pid,
    kill: (signal) => void child.kill(signal),
    restarts: () => restarts,
    async stop(graceMs = DEFAULT_GRACE_MS) {
      wanted = false;
      clearTimeout(pause);
      await end(child, graceMs);
      log.end();
    },
  };
}

/** Runs a one-shot program to its end; rejects with the end of its output when it fails. */
export async function runOnce(program: Program): Promise<void> {
  const child = spawn(process.execPath, [...(program.nodeOptions ?? []), program.module, ...(program.arguments ?? [])], { env: environmentOf(program), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-2_000));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]; // node's events are untyped
  if (code !== 0) throw new Error(`${program.name} failed (${signal ?? `exit code ${code}`}): ${output.trim()}`);
}

/** Its own process group, so that Ctrl-C reaches us alone and we end the programs in order; its standard input is a pipe that closes when we die. */
function launch(program: Program, log: WriteStream): ChildProcess {
  const child = spawn(process.execPath, [...(program.nodeOptions ?? []), '--import', GUARD, program.module], {
    env: environmentOf(program),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin?.on('error', () => undefined);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  return child;
}

/** Loaded before the program: ends it when its standard input closes, so that nothing outlives a killed parent. */
const GUARD = `data:text/javascript,${encodeURIComponent("process.stdin.on('end',()=>process.kill(process.pid,'SIGTERM')).on('error',()=>process.exit(1)).resume().unref?.();")}`;

function environmentOf(program: Program): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG } = process.env;
  return { PATH, HOME, LANG, ...program.environment };
}

async function end(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(force);
}
