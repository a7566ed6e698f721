import { benchUsers } from '../load.ts';
import { measure } from '../measure.ts';
import type { InitialLoadOptions } from '../options.ts';
import { rolebridgeSubject } from '../rolebridge.subject.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import type { Figures } from '../statistics.ts';

const CONNECTIONS = 64;
const PATIENCE_MS = 30_000;
const PARTS = 10;
const WARM_UP = 5_000;

/** Everybody of a company in ten parts: does the last one go as fast, in as little memory, as the first? */
export async function initialLoad({ users }: InitialLoadOptions, session: Session): Promise<void> {
  await withSubject(rolebridgeSubject, await groundFor('initial', 1, session), async (subject) => {
    const play = (name: string, count: number): Promise<Figures> => {
      session.signal.throwIfAborted();
      return measure({ subject, load: { users: benchUsers(count, name), connections: CONNECTIONS, perSecond: 0 }, patienceMs: PATIENCE_MS });
    };
    say(`  warming up with ${WARM_UP} users`);
    await play('warm', WARM_UP);
    say('part   users/s   CPU ms a user   most memory, MB');
    const parts: Figures[] = [];
    for (let part = 1; part <= PARTS; part++) {
      const figures = await play(`part${part}`, Math.ceil(users / PARTS));
      parts.push(figures);
      say(`${String(part).padStart(4)}   ${figures.usersPerSecond.toFixed(0).padStart(7)}   ${figures.cpuMsPerUser.toFixed(2).padStart(13)}   ${memoryOf(figures)}`);
    }
    const [first, last] = [parts[0], parts.at(-1)];
    if (first && last) say(`\nlast tenth against the first: users/s ${(last.usersPerSecond / first.usersPerSecond).toFixed(2)}, CPU a user ${(last.cpuMsPerUser / first.cpuMsPerUser).toFixed(2)}`);
  });
}

function memoryOf({ rssMb }: Figures): string {
  return Object.entries(rssMb)
    .filter(([name]) => /^(ingest|role-mapping|connector)/.test(name))
    .map(([name, mb]) => `${name} ${mb.toFixed(0)}`)
    .join(', ');
}
