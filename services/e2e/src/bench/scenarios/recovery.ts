import { setTimeout as sleep } from 'node:timers/promises';
import { benchUsers, load } from '../load.ts';
import type { Effect } from '../measure.ts';
import { positive, wholeOrZero } from '../option-values.ts';
import { rolebridgeSubject, type RolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { peopleOf, sendChanges } from '../steps/changes.ts';
import { metricBy } from '../steps/operator.ts';
import { allApplied } from '../steps/settled.ts';
import { stubTarget } from '../steps/stub.ts';
import { tell } from '../steps/told.ts';

interface RecoveryOptions {
  readonly users: number;
  /** Length of the outage. */
  readonly outageSeconds: number;
  /** Changes of each user while the target is away. */
  readonly changes: number;
  /** Changes of one further user meanwhile; 0 = there is none. */
  readonly busyChanges: number;
  /** Calls a minute that the target is configured for; 0 = no limit. */
  readonly perMinute: number;
}

export const recoveryScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('recovery')
      .description(
        'The only target is away for a while, changes go on: how long until everything is made true after its return, with how many writes, at which rate. ' +
          'Fails unless each user is written exactly once, however often he changed.',
      )
      .option('--users <number>', 'users', positive, 5_000)
      .option('--outage-seconds <number>', 'length of the outage', positive, 60)
      .option('--changes <number>', 'changes of each user meanwhile', positive, 1)
      .option('--busy-changes <number>', 'changes of one further user meanwhile; 0 = without him', wholeOrZero, 40)
      .option('--per-minute <number>', 'calls a minute that the target is configured for; 0 = no limit', wholeOrZero, 15_000)
      .action((options: RecoveryOptions) => choose((session) => recovery(options, session))),
};

const CONNECTIONS = 32;
/** Longer than the longest pause of the breaker. */
const PATIENCE_MS = 120_000;
const WINDOW_MS = 10_000;

/** The target goes away, people change meanwhile, it comes back: how long, and how many calls, until everything is true. */
async function recovery(options: RecoveryOptions, session: Session): Promise<void> {
  const { perMinute } = options;
  await withSubject((ground) => rolebridgeSubject(ground, { perMinute }), await groundFor('recovery', 1, session), (subject) => play(subject, options, session.signal));
}

async function play(subject: RolebridgeSubject, options: RecoveryOptions, signal: AbortSignal): Promise<void> {
  const stub = stubTarget(subject.targetUrl);
  const people = options.users + (options.busyChanges > 0 ? 1 : 0);
  say(`  ${people} users join`);
  const joined = peopleOf(await load({ ...subject, connections: CONNECTIONS, perSecond: 0, users: benchUsers(people, 'recovery') }));
  await allApplied(subject, people, { patienceMs: PATIENCE_MS, signal });
  const [before, breaker] = [await stub.calls(), await breakerChanges(subject)];

  say(`  the target is away for ${options.outageSeconds} s; each user changes ${options.changes} times${options.busyChanges > 0 ? `, one of them ${options.busyChanges} times` : ''}`);
  await stub.behave({ down: true });
  const end = sleep(options.outageSeconds * 1000, undefined, { signal });
  await changeMeanwhile(subject, joined, options);
  await end;
  const during = await stub.calls();
  await stub.behave({ down: false });
  const backAt = Date.now();
  await allApplied(subject, people, { patienceMs: PATIENCE_MS, signal });

  const writes = await subject.effects(before.served);
  tellDrain(writes, backAt, options);
  tell('calls refused meanwhile', `${during.refused - before.refused}`);
  tell('breaker', changesSince(breaker, await breakerChanges(subject)));
  const once = writes.length === people;
  tell('writes on return', `${writes.length}`, { text: `${people}`, reached: once });
  if (!once) throw new Error(`${writes.length} writes for ${people} users: each must be written once, with the newest state.`);
}

/** The busy user is the last; his changes come while those of the others do. */
async function changeMeanwhile(subject: RolebridgeSubject, joined: ReturnType<typeof peopleOf>, { users, changes, busyChanges }: RecoveryOptions): Promise<void> {
  const [others, [busy]] = [joined.slice(0, users), joined.slice(users)];
  const crowd = async (): Promise<void> => {
    for (let number = 1; number <= changes; number++) await sendChanges(subject, { connections: CONNECTIONS, perSecond: 0 }, others.map((one) => ({ ...one, number })));
  };
  const one = busy ? Array.from({ length: busyChanges }, (_, index) => ({ ...busy, number: index + 1 })) : [];
  await Promise.all([crowd(), sendChanges(subject, { connections: 1, perSecond: 0 }, one)]);
}

function tellDrain(writes: readonly Effect[], backAt: number, { outageSeconds, perMinute }: RecoveryOptions): void {
  const times = writes.map(([, , at]) => at).toSorted((a, b) => a - b);
  const [first = backAt, last = backAt] = [times[0], times.at(-1)];
  say(`\nafter ${outageSeconds} s without target`);
  tell('first write after its return', `${((first - backAt) / 1000).toFixed(1)} s (what was left of the breaker's pause)`);
  tell('everything true after', `${((last - backAt) / 1000).toFixed(1)} s`);
  const busiest = mostWithin(times, WINDOW_MS);
  const share = (perMinute * WINDOW_MS) / 60_000;
  tell(`most writes in any ${WINDOW_MS / 1000} s`, `${busiest}`, ...(perMinute > 0 ? [{ text: `≤ ${share}, the configured rate`, reached: busiest <= share + 1 }] : []));
}

/** The most of these times, sorted, in any window of that length. */
function mostWithin(times: readonly number[], windowMs: number): number {
  let from = 0;
  return times.reduce((most, at, index) => {
    while ((times[from] ?? at) <= at - windowMs) from += 1;
    return Math.max(most, index - from + 1);
  }, 0);
}

const breakerChanges = ({ landscape: { ports } }: RolebridgeSubject): Promise<ReadonlyMap<string, number>> => metricBy(ports.connectorSalesCloud, 'rolebridge_breaker_changes_total', 'state');

function changesSince(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  const list = [...after].map(([state, count]) => `${state} ${count - (before.get(state) ?? 0)} times`);
  return list.length > 0 ? `became ${list.join(', ')}` : 'never changed';
}
