import { benchUsers } from '../load.ts';
import { measure } from '../measure.ts';
import { positive } from '../option-values.ts';
import { rolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { stubTarget } from '../steps/stub.ts';
import { tell } from '../steps/told.ts';

const CONNECTIONS = 64;
const PATIENCE_MS = 30_000;
const WARM_UP = 1_000;
const AIM_TIMES = 5;

interface WorkersOptions {
  readonly users: number;
  readonly workers: number;
  /** How long the target takes for a call, milliseconds. */
  readonly delayMs: number;
}

export const workersScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('workers')
      .description('A slow target: users per second with several calls in flight, against a single one.')
      .option('--users <number>', 'users for each of both', positive, 500)
      .option('--workers <number>', 'calls in flight', positive, 8)
      .option('--delay-ms <number>', 'how long the target takes for a call', positive, 20)
      .action((options: WorkersOptions) => choose((session) => workers(options, session))),
};

/** The same users to the same slow target, with one call in flight and with several. */
async function workers({ users, workers: many, delayMs }: WorkersOptions, session: Session): Promise<void> {
  const run = async (concurrency: number): Promise<number> =>
    withSubject((ground) => rolebridgeSubject(ground, { concurrency }), await groundFor(`workers_${concurrency}`, 1, session), async (subject) => {
      const play = (name: string, count: number) => measure({ subject, load: { users: benchUsers(count, name), connections: CONNECTIONS, perSecond: 0 }, patienceMs: PATIENCE_MS });
      await play('warm', WARM_UP);
      await stubTarget(subject.targetUrl).behave({ delayMs });
      return (await play('measured', users)).usersPerSecond;
    });
  const single = await run(1);
  say(`  1 call in flight: ${single.toFixed(0)} users/s`);
  const several = await run(many);
  say(`  ${many} calls in flight: ${several.toFixed(0)} users/s`);
  const times = several / single;
  say(`\n${users} users, ${delayMs} ms a call`);
  tell(`${many} calls in flight against one`, `${times.toFixed(1)} times`, { text: `≥ ${AIM_TIMES}`, reached: times >= AIM_TIMES });
}
