import { DEAD_LETTER_PATHS, type DeadLetterPage } from '@rolebridge/contracts';
import { benchUsers, load } from '../load.ts';
import { measure } from '../measure.ts';
import { positive } from '../option-values.ts';
import { rolebridgeSubject, type RolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { percentile } from '../statistics.ts';
import { delays, showsAt } from '../steps/arrivals.ts';
import { peopleOf, type Person } from '../steps/changes.ts';
import { operatorOf } from '../steps/operator.ts';
import { allApplied } from '../steps/settled.ts';
import { steadyChanges, type Stream } from '../steps/steady.ts';
import { stubTarget } from '../steps/stub.ts';
import { tell } from '../steps/told.ts';

interface IsolationOptions {
  readonly users: number;
  /** Of each user, in each phase. */
  readonly changes: number;
  readonly warmUp: number;
}

export const isolationScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('isolation')
      .description(
        'Two targets, changes at half of the measured rate: how long the others wait while the first target refuses one user (400), and while it does not answer at all, ' +
          'against before and after. Fails unless the refused user is exactly one dead letter.',
      )
      .option('--users <number>', 'users who change', positive, 1_000)
      .option('--changes <number>', 'changes of each user in each of the five phases', positive, 5)
      .option('--warm-up <number>', 'further users before the first measurement', positive, 5_000)
      .action((options: IsolationOptions) => choose((session) => isolation(options, session))),
};

const CONNECTIONS = 64;
const PATIENCE_MS = 120_000;
const AIM_RATIO = 1.1;

/** Path of the second target at the stub; the first has that of Sales Cloud. */
const SECOND = '/sales-cloud-2';

interface Ground {
  readonly subject: RolebridgeSubject;
  readonly refused: Person;
  /** Path of the first target. */
  readonly first: string;
  /** One phase of changes. */
  readonly stream: () => Promise<Stream>;
  readonly settled: () => Promise<void>;
}

async function isolation(options: IsolationOptions, session: Session): Promise<void> {
  await withSubject(rolebridgeSubject, await groundFor('isolation', 2, session), async (subject) => phases(await prepared(subject, options, session.signal)));
}

/** Warm, with the rate known, and the crowd at both targets. */
async function prepared(subject: RolebridgeSubject, { users, changes, warmUp }: IsolationOptions, signal: AbortSignal): Promise<Ground> {
  const flatOut = async (count: number, series: string): Promise<number> =>
    (await measure({ subject, load: { users: benchUsers(count, series), connections: CONNECTIONS, perSecond: 0 }, patienceMs: PATIENCE_MS })).usersPerSecond;
  say(`  warming up with ${warmUp} users`);
  await flatOut(warmUp, 'warm');
  const rate = (await flatOut(users, 'measured')) / 2;
  const crowd = peopleOf(await load({ ...subject, connections: CONNECTIONS, perSecond: 0, users: benchUsers(users, 'isolation') }));
  const settled = (): Promise<void> => allApplied(subject, warmUp + 2 * users, { patienceMs: PATIENCE_MS, signal });
  await settled();
  const refused = crowd.at(-1);
  const first = (await subject.effects(0)).map(([path]) => path).find((path) => path !== SECOND);
  if (!refused || first === undefined) throw new Error('Nobody has arrived at the first target.');
  const send = steadyChanges(subject, crowd);
  say(`\n${users} users, ${rate.toFixed(0)} changes a second, ${changes} of each user in each phase`);
  say('p50 and p95 of the others, ms    first target   second target');
  return { subject, refused, first, settled, stream: () => send(users * changes, rate) };
}

async function phases(ground: Ground): Promise<void> {
  const { subject, refused, first, settled } = ground;
  const stub = stubTarget(subject.targetUrl);
  const before = await phase('all well', ground);
  await stub.behave({ refused: [{ path: first, key: refused.key }] });
  const beside = await phase('one user refused', ground);
  const letters = await openLetters(subject);
  await stub.behave({ refused: [] });
  const between = await phase('all well', ground);
  await settled();
  await stub.behave({ silent: [first] });
  const without = await phase('first target dead', ground, [SECOND]);
  await stub.behave({ silent: [] });
  await settled();
  const after = await phase('all well', ground);

  say('');
  tellRatio('p95 at the first target, one user refused', beside.get(first), [before.get(first), between.get(first)]);
  tellRatio('p95 at the second target, the first dead', without.get(SECOND), [between.get(SECOND), after.get(SECOND)]);
  const exactly = letters.length === 1 && letters[0]?.userId === refused.id;
  tell('open dead letters while he was refused', `${letters.length}`, { text: 'exactly one, his', reached: exactly });
  if (!exactly) throw new Error(`One user was refused at one target, yet dead letters are open for ${letters.map(({ userId, system }) => `${userId} at ${system}`).join(', ') || 'nobody'}.`);
}

/** One round of changes; p95 by target, of everybody but the one who is refused for a while. */
async function phase(title: string, { subject, refused, first, stream }: Ground, targets: readonly string[] = [first, SECOND]): Promise<ReadonlyMap<string, number>> {
  const { sent, since } = await stream();
  const others = sent.filter(({ id }) => id !== refused.id);
  const found = new Map<string, readonly number[]>();
  for (const target of targets) {
    found.set(target, await delays(subject, { since, sent: others, meets: showsAt((path) => path === target), patienceMs: PATIENCE_MS, what: `changes at ${target}` }));
  }
  const cells = [first, SECOND].map((target) => found.get(target)).map((took) => (took ? `${percentile(took, 0.5).toFixed(0)} ${percentile(took, 0.95).toFixed(0)}` : '-'));
  say(`${title.padEnd(32)} ${cells.map((cell) => cell.padStart(12)).join('   ')}`);
  return new Map([...found].map(([target, took]) => [target, percentile(took, 0.95)]));
}

function tellRatio(title: string, troubled = Number.NaN, calm: readonly (number | undefined)[]): void {
  const usual = calm.reduce((sum: number, value = Number.NaN) => sum + value, 0) / calm.length;
  const ratio = troubled / usual;
  tell(title, `${troubled.toFixed(0)} ms, before and after ${calm.map((value = Number.NaN) => value.toFixed(0)).join(' and ')} ms: ${ratio.toFixed(2)}`, { text: `≤ ${AIM_RATIO.toFixed(2)}`, reached: ratio <= AIM_RATIO });
}

async function openLetters(subject: RolebridgeSubject): Promise<DeadLetterPage['letters']> {
  return (await operatorOf(subject).get<DeadLetterPage>(subject.landscape.ports.connectorSalesCloud, DEAD_LETTER_PATHS.list)).letters;
}
