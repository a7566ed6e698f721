import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type RunningStack, startStack } from '@rolebridge/local-stack';
import { ROOT } from '../landscape/composition.ts';
import { floorSubject } from './floor/floor.subject.ts';
import { CONCURRENCY, emptyDatabase, type Ground } from './ground.ts';
import { benchUsers } from './load.ts';
import { loadAverage, machine } from './machine.ts';
import { measure, type Subject } from './measure.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { rolebridgeSubject } from './rolebridge.subject.ts';
import type { Figures } from './statistics.ts';
import { type Measured, type Round, roundTable } from './table.ts';

const PATIENCE_MS = 20_000;

interface Run {
  readonly options: BenchOptions;
  readonly stack: RunningStack;
  readonly signal: AbortSignal;
}

const folder = path.join(ROOT, '.local-stack', 'bench');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function bench(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const { cores, processor, memoryGb, node } = machine();
  say(`${options.users} users of 1.15 KB per measurement, ${options.connections} requests in flight, ${CONCURRENCY} calls in flight per target, commits on disk.`);
  say(`${cores} cores (${processor}), ${memoryGb} GB, node ${node}, load average ${loadAverage().toFixed(1)} before we begin.`);
  await rm(folder, { recursive: true, force: true });
  const stack = await startStack({ dataDir: path.join(folder, 'data'), progress: (text) => say(`  ${text}`), signal });
  try {
    const rounds: Round[] = [];
    for (const targets of options.targets) {
      const round = await play(targets, { options, stack, signal });
      rounds.push(round);
      say(`\n${roundTable(round)}\n`);
    }
    if (options.json) await writeFile(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), users: options.users, connections: options.connections, rounds }, null, 2)}\n`);
  } finally {
    await stack.stop();
  }
}

/** Both subjects one after the other, the floor at the same half rate. */
async function play(targets: number, run: Run): Promise<Round> {
  const rolebridge = await withSubject(rolebridgeSubject, await groundFor('rolebridge', targets, run), (subject) => both(subject, undefined, run));
  if (!run.options.floor) return { targets, rolebridge };
  const floor = await withSubject(floorSubject, await groundFor('floor', targets, run), (subject) => both(subject, rolebridge.half.requestedPerSecond, run));
  return { targets, rolebridge, floor };
}

async function groundFor(kind: string, targets: number, { stack, options }: Run): Promise<Ground> {
  const name = `bench_${kind}_${targets}`;
  return {
    name,
    brokers: stack.brokers,
    databaseUrl: await emptyDatabase(stack, name),
    topicPrefix: `${name}.`,
    targets,
    folder: path.join(folder, name),
    nodeOptions: options.profile ? ['--cpu-prof', `--cpu-prof-dir=${path.resolve(options.profile, name)}`] : [],
  };
}

async function withSubject<T>(make: (ground: Ground) => Promise<Subject>, ground: Ground, work: (subject: Subject) => Promise<T>): Promise<T> {
  const subject = await make(ground);
  try {
    return await work(subject);
  } finally {
    await subject.stop();
  }
}

/** Warms up, then flat out, then at half the rate. */
async function both(subject: Subject, halfRate: number | undefined, { options, signal }: Run): Promise<Measured> {
  const { users, warmUp, connections } = options;
  const phase = async (title: string, count: number, perSecond: number): Promise<Figures> => {
    signal.throwIfAborted();
    say(`  ${subject.name}, ${subject.targets} ${subject.targets === 1 ? 'target' : 'targets'}: ${title}`);
    return measure({ subject, load: { users: benchUsers(count, title.replaceAll(/\W+/g, '-')), connections, perSecond }, patienceMs: PATIENCE_MS });
  };
  await phase('warming up', warmUp, 0);
  const flatOut = await phase('flat out', users, 0);
  say(`    ${flatOut.usersPerSecond.toFixed(0)} users/s, ${flatOut.cpuMsPerUser.toFixed(2)} CPU ms a user`);
  const half = await phase('half load', users, halfRate ?? flatOut.usersPerSecond / 2);
  say(`    ${half.requestedPerSecond.toFixed(0)} users/s: ${latencyLine(half)}`);
  return { flatOut, half };
}

function latencyLine({ latencyMs: { p50, p95, p99 }, cpuMsPerUser }: Figures): string {
  return `p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${cpuMsPerUser.toFixed(2)} CPU ms a user`;
}

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort(new Error('Stopped.'));
  });
}
try {
  await bench(readOptions(process.argv.slice(2)), abort.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();
