import { benchUsers } from '../load.ts';
import { measure } from '../measure.ts';
import type { WorkersOptions } from '../options.ts';
import { rolebridgeSubject } from '../rolebridge.subject.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { stubTarget } from './stub.ts';

const CONNECTIONS = 64;
const PATIENCE_MS = 30_000;
const WARM_UP = 1_000;

/** The same users to the same slow target, with one call in flight and with several. */
export async function workers({ users, workers: many, delayMs }: WorkersOptions, session: Session): Promise<void> {
  const run = async (concurrency: number): Promise<number> =>
    withSubject((ground) => rolebridgeSubject(ground, concurrency), await groundFor(`workers_${concurrency}`, 1, session), async (subject) => {
      const play = (name: string, count: number) => measure({ subject, load: { users: benchUsers(count, name), connections: CONNECTIONS, perSecond: 0 }, patienceMs: PATIENCE_MS });
      await play('warm', WARM_UP);
      await stubTarget(subject.targetUrl).behave({ delayMs });
      return (await play('measured', users)).usersPerSecond;
    });
  const single = await run(1);
  say(`  1 call in flight: ${single.toFixed(0)} users/s`);
  const several = await run(many);
  say(`  ${many} calls in flight: ${several.toFixed(0)} users/s`);
  say(`\n${users} users, ${delayMs} ms a call: ${(several / single).toFixed(1)} times a single worker`);
}
