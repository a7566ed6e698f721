import { benchUsers } from '../load.ts';
import { measure } from '../measure.ts';
import { positive } from '../option-values.ts';
import { rolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import type { Figures } from '../statistics.ts';
import { tell } from '../steps/told.ts';

interface InitialLoadOptions {
  readonly users: number;
  readonly warmUp: number;
}

export const initialLoadScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('initial-load')
      .description('A whole company at once: users per second and memory, for each tenth of them; the last two tenths against the first two. Fails only when nothing moves any more.')
      .option('--users <number>', 'users', positive, 100_000)
      .option('--warm-up <number>', 'users before the first tenth', positive, 5_000)
      .action((options: InitialLoadOptions) => choose((session) => initialLoad(options, session))),
};

const CONNECTIONS = 64;
/** A noisy machine is slow; one that shows no effect for so long has stopped. */
const PATIENCE_MS = 60_000;
const PARTS = 10;
/** How many tenths at either end are compared. */
const ENDS = 2;
const FLAT = 0.1;

/** Everybody of a company in ten parts: does the last one go as fast, in as little memory, as the first? */
async function initialLoad({ users, warmUp }: InitialLoadOptions, session: Session): Promise<void> {
  await withSubject(rolebridgeSubject, await groundFor('initial', 1, session), async (subject) => {
    const play = async (name: string, count: number): Promise<Figures> => {
      session.signal.throwIfAborted();
      try {
        return await measure({ subject, load: { users: benchUsers(count, name), connections: CONNECTIONS, perSecond: 0 }, patienceMs: PATIENCE_MS });
      } catch (error) {
        throw new Error(`Rolebridge stopped in ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    };
    say(`  warming up with ${warmUp} users`);
    await play('warm-up', warmUp);
    say('part   users/s   CPU ms a user   others   memory half of the time, most, MB');
    const parts: Figures[] = [];
    for (let part = 1; part <= PARTS; part++) {
      const figures = await play(`part-${part}`, Math.ceil(users / PARTS));
      parts.push(figures);
      say(`${String(part).padStart(4)}   ${figures.usersPerSecond.toFixed(0).padStart(7)}   ${figures.cpuMsPerUser.toFixed(2).padStart(13)}   ${`${(figures.othersShare * 100).toFixed(0)} %`.padStart(6)}   ${memoryOf(figures)}`);
    }
    compare(parts);
  });
}

function compare(parts: readonly Figures[]): void {
  const ratio = (of: (figures: Figures) => number): number => mean(parts.slice(-ENDS).map(of)) / mean(parts.slice(0, ENDS).map(of));
  say(`\nthe last ${ENDS} tenths against the first ${ENDS}`);
  const speed = ratio(({ usersPerSecond }) => usersPerSecond);
  tell('users/s', speed.toFixed(2), { text: `≥ ${1 - FLAT}`, reached: speed >= 1 - FLAT });
  const cpu = ratio(({ cpuMsPerUser }) => cpuMsPerUser);
  tell('CPU ms a user (says more on a noisy machine)', cpu.toFixed(2), { text: `≤ ${1 + FLAT}`, reached: cpu <= 1 + FLAT });
  for (const service of servicesOf(parts)) {
    const memory = ratio(({ usualRssMb }) => usualRssMb[service] ?? Number.NaN);
    tell(`memory of ${service}`, memory.toFixed(2), { text: `≤ ${1 + FLAT}`, reached: memory <= 1 + FLAT });
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const servicesOf = (parts: readonly Figures[]): readonly string[] => Object.keys(parts[0]?.usualRssMb ?? {}).filter((name) => /^(ingest|role-mapping|connector)/.test(name));

function memoryOf(figures: Figures): string {
  return servicesOf([figures])
    .map((name) => `${name} ${figures.usualRssMb[name]?.toFixed(0)} ${figures.rssMb[name]?.toFixed(0)}`)
    .join(', ');
}
