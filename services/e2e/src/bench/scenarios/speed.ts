import { writeFile } from 'node:fs/promises';
import { floorSubject } from '../floor/floor.subject.ts';
import { CONCURRENCY } from '../ground.ts';
import { benchUsers } from '../load.ts';
import { machine } from '../machine.ts';
import { measure, type Subject } from '../measure.ts';
import { numbers, positive } from '../option-values.ts';
import { rolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import type { Figures } from '../statistics.ts';
import { type Measured, type Round, roundTable } from '../table.ts';

interface SpeedOptions {
  /** Users of each measurement. */
  readonly users: number;
  /** Users before the first measurement. */
  readonly warmUp: number;
  /** One round for each. */
  readonly targets: readonly number[];
  /** Requests in flight at once. */
  readonly connections: number;
  readonly floor: boolean;
  /** File for the figures. */
  readonly json?: string;
  /** Folder for CPU profiles. */
  readonly profile?: string;
}

interface Parsed extends SpeedOptions {
  readonly quick: boolean;
}

const QUICK_USERS = 1_000;
const PATIENCE_MS = 20_000;

interface SpeedSession extends Session {
  readonly options: SpeedOptions;
}

export const speedScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('speed', { isDefault: true })
      .description(
        'A target that answers at once, and in the same run the bare floor: the same hops and tables without logic. ' +
          'Prints users per second, CPU time per user over all processes, latencies at half the measured rate, and memory.',
      )
      .option('--users <number>', 'users of each measurement', positive, 5_000)
      .option('--targets <list>', 'numbers of targets, one round for each', numbers, [1, 5])
      .option('--connections <number>', 'requests in flight at once', positive, 64)
      .option('--warm-up <number>', 'users before the first measurement of each subject: compilers need some thousands', positive, 10_000)
      .option('--quick', `only ${QUICK_USERS} users: for a first look, not for comparisons`, false)
      .option('--no-floor', 'leave the bare floor out')
      .option('--json <file>', 'write the figures to this file too')
      .option('--profile <folder>', 'write a CPU profile of each process to this folder; costs some speed')
      .action(({ quick, ...given }: Parsed) => {
        const options = quick ? { ...given, users: Math.min(given.users, QUICK_USERS), warmUp: Math.min(given.warmUp, QUICK_USERS) } : given;
        choose((session) => speed(options, { ...session, ...(options.profile === undefined ? {} : { profile: options.profile }) }));
      }),
};

/** The whole path, flat out and at half load, beside the bare floor. */
async function speed(options: SpeedOptions, session: Session): Promise<void> {
  say(`${options.users} users of 1.15 KB per measurement, ${options.connections} requests in flight, ${CONCURRENCY} calls in flight per target, commits on disk.`);
  const rounds: Round[] = [];
  for (const targets of options.targets) {
    const round = await play(targets, { ...session, options });
    rounds.push(round);
    say(`\n${roundTable(round)}\n`);
  }
  if (options.json) await writeFile(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), users: options.users, connections: options.connections, rounds }, null, 2)}\n`);
}

/** Both subjects one after the other, the floor at the same half rate. */
async function play(targets: number, run: SpeedSession): Promise<Round> {
  const rolebridge = await withSubject(rolebridgeSubject, await groundFor('rolebridge', targets, run), (subject) => both(subject, undefined, run));
  if (!run.options.floor) return { targets, rolebridge };
  const floor = await withSubject(floorSubject, await groundFor('floor', targets, run), (subject) => both(subject, rolebridge.half.requestedPerSecond, run));
  return { targets, rolebridge, floor };
}

/** Warms up, then flat out, then at half the rate. */
async function both(subject: Subject, halfRate: number | undefined, { options, signal }: SpeedSession): Promise<Measured> {
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
