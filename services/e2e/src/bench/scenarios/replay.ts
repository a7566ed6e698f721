import { setTimeout as sleep } from 'node:timers/promises';
import { connectorConsumer } from '@rolebridge/contracts';
import { benchUsers, load } from '../load.ts';
import { positive } from '../option-values.ts';
import { rolebridgeSubject, type RolebridgeSubject } from '../rolebridge.subject.ts';
import type { Scenario } from '../scenario.ts';
import { groundFor, say, type Session, withSubject } from '../session.ts';
import { percentile } from '../statistics.ts';
import { delays, showsAt } from '../steps/arrivals.ts';
import { peopleOf } from '../steps/changes.ts';
import { replayAll } from '../steps/replays.ts';
import { allApplied } from '../steps/settled.ts';
import { steadyChanges, type Stream } from '../steps/steady.ts';
import { tell } from '../steps/told.ts';

interface ReplayOptions {
  readonly users: number;
  /** Replays of each consumer without anything else. */
  readonly times: number;
  /** Fresh changes a second, with and without replays beside them. */
  readonly perSecond: number;
  /** How long each of both. */
  readonly seconds: number;
}

export const replayScenario: Scenario = {
  declare: (program, choose) =>
    program
      .command('replay')
      .description(
        'Everything is read again, by a connector and by role-mapping: records per second and CPU time per record, and how long fresh changes take meanwhile. ' +
          'Fails when a replay writes anything to the target.',
      )
      .option('--users <number>', 'users, all applied before', positive, 10_000)
      .option('--times <number>', 'replays of each', positive, 2)
      .option('--per-second <number>', 'fresh changes a second', positive, 20)
      .option('--seconds <number>', 'length of that, with and without replays', positive, 20)
      .action((options: ReplayOptions) => choose((session) => replay(options, session))),
};

const CONSUMERS = [connectorConsumer('sales-cloud'), 'role-mapping'] as const;
const CONNECTIONS = 64;
const PATIENCE_MS = 60_000;
/** Whatever would follow from the last record has reached the target by then. */
const SETTLED_MS = 1_500;

interface Ground {
  readonly subject: RolebridgeSubject;
  readonly options: ReplayOptions;
  readonly signal: AbortSignal;
}

/** A replay proves itself a no-op: what does that cost, and whom does it delay? */
async function replay(options: ReplayOptions, session: Session): Promise<void> {
  await withSubject(rolebridgeSubject, await groundFor('replay', 1, session), (subject) => play({ subject, options, signal: session.signal }));
}

async function play(ground: Ground): Promise<void> {
  const { subject, options, signal } = ground;
  say(`  ${options.users} users join`);
  const people = peopleOf(await load({ ...subject, connections: CONNECTIONS, perSecond: 0, users: benchUsers(options.users, 'replay') }));
  await allApplied(subject, options.users, { patienceMs: PATIENCE_MS, signal });
  await sleep(SETTLED_MS);
  say(`\n${options.users} users applied; everything is read again`);
  for (const consumer of CONSUMERS) for (let time = 1; time <= options.times; time++) await alone(ground, consumer, time);

  say(`\n${options.perSecond} fresh changes a second, for ${options.seconds} s each`);
  const changes = steadyChanges(subject, people);
  const before = await trickle(ground, changes);
  const { during, replays } = await beside(ground, changes);
  const after = await trickle(ground, changes);
  const without = [...before, ...after];
  tell('p95 without replays (before and after)', `${percentile(without, 0.95).toFixed(0)} ms`);
  tell(`p95 beside ${replays} replays`, `${percentile(during, 0.95).toFixed(0)} ms (${(percentile(during, 0.95) / percentile(without, 0.95)).toFixed(2)} times)`);
}

/** One replay while nothing else happens. */
async function alone({ subject, options, signal }: Ground, consumer: string, time: number): Promise<void> {
  const before = await subject.effectCount();
  const { records, changed, unreadable, seconds, cpuMs } = await replayAll(subject, consumer, signal);
  await sleep(SETTLED_MS);
  const writes = (await subject.effectCount()) - before;
  tell(`${consumer}, time ${time}`, `${records} records in ${seconds.toFixed(1)} s: ${(records / seconds).toFixed(0)}/s, ${(cpuMs / records).toFixed(3)} CPU ms a record`);
  tell('  writes at the target', `+${writes}`, { text: '+0', reached: writes === 0 });
  if (writes !== 0 || changed !== 0) throw new Error(`The replay of ${consumer} was no no-op: ${writes} writes at the target, ${changed} records were news.`);
  if (records < options.users || unreadable > 0) throw new Error(`The replay of ${consumer} read ${records} records of ${options.users} users, ${unreadable} of them could not be read.`);
}

type Changes = (count: number, perSecond: number) => Promise<Stream>;

/** How long each fresh change took. Each is written once, whatever is read again beside it. */
async function trickle({ subject, options: { perSecond, seconds } }: Ground, changes: Changes): Promise<readonly number[]> {
  const stream = await changes(perSecond * seconds, perSecond);
  const took = await delays(subject, { ...stream, meets: showsAt(() => true), patienceMs: PATIENCE_MS, what: 'fresh changes' });
  await sleep(SETTLED_MS);
  const writes = (await subject.effectCount()) - stream.since;
  if (writes > stream.sent.length) throw new Error(`${stream.sent.length} fresh changes became ${writes} writes at the target.`);
  return took;
}

/** The same while both consumers read everything again, over and over. */
async function beside(ground: Ground, changes: Changes): Promise<{ readonly during: readonly number[]; readonly replays: number }> {
  const over = new AbortController();
  const reading = CONSUMERS.map(async (consumer) => {
    let replays = 0;
    for (; !over.signal.aborted; replays++) await replayAll(ground.subject, consumer, ground.signal);
    return replays;
  });
  const failed = new Promise<never>((_, reject) => void Promise.all(reading).catch(reject));
  try {
    const during = await Promise.race([trickle(ground, changes), failed]);
    over.abort();
    const counts = await Promise.all(reading);
    return { during, replays: counts.reduce((sum, count) => sum + count, 0) };
  } finally {
    over.abort();
  }
}
