import { setTimeout as sleep } from 'node:timers/promises';
import { connectKafka } from '@rolebridge/kafka';
import { DEFAULT_BRAKE } from '@rolebridge/landscape';
import { drainOf } from '../../landscape/drained.ts';
import type { Ground } from '../ground.ts';
import { benchUsers, load } from '../load.ts';
import type { Effect } from '../measure.ts';
import { positive } from '../option-values.ts';
import { rolebridgeSubject, type RolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { percentile } from '../statistics.ts';
import { delays } from '../steps/arrivals.ts';
import { peopleOf, type Person, sendChanges, sendLeaves, type Sent } from '../steps/changes.ts';
import { metricBy } from '../steps/operator.ts';
import { allApplied, systemsOf } from '../steps/settled.ts';
import { stubTarget } from '../steps/stub.ts';
import { tell } from '../steps/told.ts';

interface LeaversOptions {
  /** Changes in front of the leavers. */
  readonly queued: number;
  readonly leavers: number;
  /** How long the target takes for a call, milliseconds. */
  readonly delayMs: number;
  /** Leavers a second. */
  readonly perSecond: number;
}

export const leaversScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('leavers')
      .description('A slow target with a long queue; then people leave: how long until they are off at the target. Fails when one of them never is.')
      .option('--queued <number>', 'changes that wait when the first one leaves', positive, 50_000)
      .option('--leavers <number>', 'people who leave', positive, 200)
      .option('--delay-ms <number>', 'how long the target takes for a call', positive, 500)
      .option('--per-second <number>', 'leavers a second', positive, 20)
      .action((options: LeaversOptions) => choose((session) => leavers(options, session))),
};

const CONNECTIONS = 64;
const PATIENCE_MS = 60_000;
const AIM_MS = 5_000;
/** While the queue is filled the target is so slow that hardly anything leaves it; shorter than the time-out of a call. */
const FILLING_DELAY_MS = 3_000;
/** Times as many accounts as leavers: the brake, which is on as always, lets somewhat more than that share go. */
const ACCOUNTS_PER_LEAVER = Math.ceil(1.25 / DEFAULT_BRAKE.share);

/** Leavers first: with everything else waiting, whoever leaves is off soon (L25). */
async function leavers(options: LeaversOptions, session: Session): Promise<void> {
  const ground = await groundFor('leavers', 1, session);
  await withSubject(rolebridgeSubject, ground, async (subject) => {
    const accounts = await joined(subject, options, session.signal);
    await fill(subject, accounts, options);
    await untilQueued(subject, ground, session.signal);
    await stubTarget(subject.targetUrl).behave({ delayMs: options.delayMs });
    await sleep(FILLING_DELAY_MS + options.delayMs);
    await leave(subject, accounts, options);
  });
}

/** People with an account. */
async function joined(subject: RolebridgeSubject, options: LeaversOptions, signal: AbortSignal): Promise<readonly Person[]> {
  const count = options.leavers * ACCOUNTS_PER_LEAVER;
  say(`  ${count} users join`);
  const people = peopleOf(await load({ ...subject, connections: CONNECTIONS, perSecond: 0, users: benchUsers(count, 'account') }));
  await allApplied(subject, count, { patienceMs: PATIENCE_MS, signal });
  return people;
}

/** Everybody with an account changes, the leavers among them; further people join, until enough waits. */
async function fill(subject: RolebridgeSubject, accounts: readonly Person[], { queued }: LeaversOptions): Promise<void> {
  await stubTarget(subject.targetUrl).behave({ delayMs: FILLING_DELAY_MS });
  const pace = { connections: CONNECTIONS, perSecond: 0 };
  const further = Math.max(0, queued - accounts.length);
  say(`  the target takes ${FILLING_DELAY_MS / 1000} s for a call: ${accounts.length} users change, ${further} others join`);
  await sendChanges(subject, pace, accounts.map((one) => ({ ...one, number: 1 })));
  await load({ ...subject, ...pace, users: benchUsers(further, 'further') });
}

/** Every accepted change has become a wish in front of the target, so that nothing but this queue is measured. */
async function untilQueued(subject: RolebridgeSubject, { brokers, databaseUrl, topicPrefix }: Ground, signal: AbortSignal): Promise<void> {
  const admin = await connectKafka({ brokers, clientId: 'bench' }).admin();
  const drain = drainOf({ backbone: { brokers, databaseUrl }, admin, systems: subject.landscape.systems, topicPrefix });
  try {
    while (!(await drain.isEmpty())) {
      signal.throwIfAborted();
      subject.broken.throwIfAborted();
      await sleep(500);
    }
  } finally {
    await drain.close();
  }
}

async function leave(subject: RolebridgeSubject, accounts: readonly Person[], { leavers: count, perSecond, delayMs }: LeaversOptions): Promise<void> {
  const [waiting, since] = [await backlogOf(subject), await subject.effectCount()];
  say(`\n${waiting} changes wait at a target that takes ${delayMs} ms for a call; ${count} people leave, ${perSecond} a second`);
  const sent = await sendLeaves(subject, { connections: CONNECTIONS, perSecond }, accounts.slice(-count));
  const took = await delays(subject, { sent, since, meets: isOff, patienceMs: PATIENCE_MS, what: 'leavers' });
  const [p50, p99, most] = [percentile(took, 0.5), percentile(took, 0.99), Math.max(...took)];
  const limit = AIM_MS + delayMs;
  tell('from the request to the effect, p50', `${p50.toFixed(0)} ms`);
  tell('p99', `${p99.toFixed(0)} ms`, { text: `< ${limit} ms, one call of the target included`, reached: p99 < limit });
  tell('the longest', `${most.toFixed(0)} ms`);
  tell('still waiting', `${await backlogOf(subject)} changes`);
  await tellMetric(subject);
}

const isOff = ([, , at, , inactive]: Effect, { sentAt }: Sent<Person>): boolean => inactive === true && at >= sentAt;

const backlogOf = async (subject: RolebridgeSubject): Promise<number> => (await systemsOf(subject)).reduce((sum, { backlog }) => sum + backlog, 0);

/** The same from the service's own metric, which begins at the commit. */
async function tellMetric({ landscape: { ports } }: RolebridgeSubject): Promise<void> {
  const total = async (part: 'sum' | 'count'): Promise<number> => (await metricBy(ports.connectorSalesCloud, `rolebridge_deprovision_seconds_${part}`)).get('') ?? 0;
  const [seconds, count] = [await total('sum'), await total('count')];
  tell('metric deprovision_seconds', `${count} leavers, mean ${((seconds / count) * 1000).toFixed(0)} ms`);
}
