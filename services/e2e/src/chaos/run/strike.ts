import { setTimeout as sleep } from 'node:timers/promises';
import { sleepsAt } from '../crash/die.ts';
import type { CrashPoint } from '../crash/point.ts';
import type { Blow, ChaosService, Strike } from '../faults/schedule.ts';
import { type Random, randomOf } from '../random.ts';
import { CHAOS_SYSTEMS, CONNECTORS } from '../stories/oracle.ts';
import { putBack } from './put-back.ts';
import { stateRecords, writeAgain } from './replay.ts';
import type { Servers } from './servers.ts';
import type { Stage } from './stage.ts';
import type { Tables } from './tables.ts';
import { type Turns, turns } from './turns.ts';

/** A process that slept, and woke up: after that it may do one thing late. Milliseconds since the epoch. */
export interface Awakening {
  readonly service: ChaosService;
  readonly fromMs: number;
  readonly atMs: number;
}

export interface Struck {
  readonly awakenings: readonly Awakening[];
  /** Sentences: what could not be broken. */
  readonly missed: readonly string[];
}

export interface Striking {
  readonly stage: Stage;
  readonly servers?: Servers;
  readonly tables: Tables;
  readonly seed: number;
  /** When the run began, milliseconds since the epoch. */
  readonly startMs: number;
  readonly say: (text: string) => void;
  /** Told when the database begins to go back to a backup. */
  readonly onPutBack: () => void;
  readonly signal: AbortSignal;
}

/** Without these there is nothing to judge. */
const VITAL = new Set<Blow['kind']>(['kill-server', 'put-back']);

/** Breaks things as scheduled; resolves when everything that was broken for a time is whole again. */
export async function strikeAll(schedule: readonly Strike[], striking: Striking): Promise<Struck> {
  const { startMs, say, signal } = striking;
  const random = randomOf(striking.seed ^ 0xb10);
  const awakenings: Awakening[] = [];
  const asleep = new Map<ChaosService, Promise<void>>();
  const missed: string[] = [];
  const [infrastructure, services] = [turns(), turns()];
  await Promise.all(
    schedule.map(async (strike) => {
      await sleep(Math.max(0, startMs + strike.atMs - Date.now()), undefined, { signal });
      say(`${(strike.atMs / 1_000).toFixed(1).padStart(6)} s  ${described(strike)}`);
      await carryOut(strike, { ...striking, random, awakenings, asleep, infrastructure, services }).catch((error: unknown) => {
        if (VITAL.has(strike.kind)) throw error;
        if (!signal.aborted) missed.push(`${described(strike)}: ${error instanceof Error ? error.message : String(error)}`);
      });
    }),
  );
  await Promise.all(CHAOS_SYSTEMS.map((system) => fetch(`${striking.stage.targets[system]}/_simulator/faults`, { method: 'DELETE' })));
  return { awakenings, missed };
}

interface Tools extends Striking {
  readonly random: Random;
  readonly awakenings: Awakening[];
  /** Services of which an instance sleeps now, or is about to; resolved when it has woken. */
  readonly asleep: Map<ChaosService, Promise<void>>;
  /** Broker and database, one blow at a time. */
  readonly infrastructure: Turns;
  /** Processes, as long as they are not all stopped. */
  readonly services: Turns;
}

async function carryOut(blow: Blow, tools: Tools): Promise<void> {
  const { stage, services, signal } = tools;
  switch (blow.kind) {
    case 'kill':
      return services.together(() => kill(blow.service, tools));
    case 'pause':
      return services.together(() => pause(blow.service, blow.forMs, tools));
    case 'second':
      return services.together(() => withSecond(blow.service, stage, () => sleep(blow.forMs, undefined, { signal })));
    case 'kill-server':
      return tools.infrastructure.alone(() => killServer(blow.server, tools));
    case 'put-back':
      return putBack(blow.ageMs, { ...tools, servers: ours(tools) });
    case 'target':
      return order(`${stage.targets[blow.system]}/_simulator/faults`, blow.fault);
    case 'redeliver':
      return untilBrokerAnswers(() => redeliver(blow.records, tools), signal);
  }
}

function killServer(server: 'broker' | 'database', tools: Tools): Promise<void> {
  return server === 'broker' ? ours(tools).killBroker() : ours(tools).killDatabase();
}

function ours({ servers }: Tools): Servers {
  if (!servers) throw new Error('Broker and database belong to somebody else.');
  return servers;
}

/** Calls take this long, so that the successor's are in flight when the sleeper wakes; shorter than their time-out. */
const SLOW_MS = 1_500;
const WRITE_DONE: CrashPoint = { wire: 'http', at: '^(POST|PUT|PATCH|DELETE) (?!/api/oauth2)', when: 'after' };

/** A sleeper is left to wake up and to do what it may do late; then it dies. */
async function kill(service: ChaosService, { stage, asleep, signal }: Tools): Promise<void> {
  const woken = asleep.get(service);
  if (woken) {
    await woken;
    await sleep(AWAKE_MS, undefined, { signal });
  }
  stage.program(service).kill('SIGKILL');
}

const AWAKE_MS = 4_000;

/**
 * Whoever of the service is the first to have made a write falls asleep before it knows the answer; if nobody writes, whoever is there.
 * One after the other: sleepers that had to wait until the database was back would come all at once.
 */
async function pause(service: ChaosService, forMs: number, tools: Tools): Promise<void> {
  const { asleep } = tools;
  for (let earlier = asleep.get(service); earlier; earlier = asleep.get(service)) await earlier;
  const woken = Promise.withResolvers<void>();
  asleep.set(service, woken.promise);
  try {
    await sleepFor(service, forMs, tools);
  } finally {
    asleep.delete(service);
    woken.resolve();
  }
}

async function sleepFor(service: ChaosService, forMs: number, { stage, awakenings, signal }: Tools): Promise<void> {
  const slow = { kind: 'latency', value: SLOW_MS, forMs: forMs + 5_000 };
  for (const system of stage.systems.filter((one) => CONNECTORS[one] === service)) await order(`${stage.targets[system]}/_simulator/faults`, slow);
  const fellAsleep = await sleepsAt(service, WRITE_DONE, stage.landscape.folder);
  const pid = await stop(fellAsleep, () => stage.program(service).pid(), signal);
  const fromMs = Date.now();
  try {
    await withSecond(service, stage, () => sleep(forMs, undefined, { signal }));
  } finally {
    awakenings.push({ service, fromMs, atMs: Date.now() });
    wake(pid);
  }
}

/** Stops this process, or, when something else has just killed it, the one that was started in its place. */
async function stop(first: number | undefined, now: () => number | undefined, signal: AbortSignal): Promise<number> {
  for (let left = STOP_ATTEMPTS, pid = first ?? now(); ; left -= 1, pid = now()) {
    try {
      if (pid === undefined) throw new Error('it does not run');
      process.kill(pid, 'SIGSTOP');
      return pid;
    } catch (error) {
      if (left === 1) throw error;
      await sleep(250, undefined, { signal });
    }
  }
}

const STOP_ATTEMPTS = 40;

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // it was killed while it slept
  }
}

async function withSecond(service: ChaosService, stage: Stage, meanwhile: () => Promise<unknown>): Promise<void> {
  const second = await stage.second(service);
  try {
    await meanwhile();
  } finally {
    await second.stop();
  }
}

async function order(url: string, fault: object): Promise<void> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fault) });
  if (!answer.ok) throw new Error(`the simulated target answered ${answer.status} ${await answer.text()}`);
}

/** Any records of the state topics, older ones included, in any order: duplicates, late arrivals, a reader that went back. */
async function redeliver(count: number, { stage, random }: Tools): Promise<void> {
  await writeAgain(stage, random.shuffle(await stateRecords(stage)).slice(0, count));
}

/** The broker may have been killed a moment ago. */
async function untilBrokerAnswers(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let left = REDELIVERY_ATTEMPTS; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 1) throw error;
      await sleep(2_000, undefined, { signal });
    }
  }
}

/** A broker on a busy machine may need minutes to come back. */
const REDELIVERY_ATTEMPTS = 100;

export function described(blow: Blow): string {
  switch (blow.kind) {
    case 'kill':
      return `kill -9 ${blow.service}`;
    case 'pause':
      return `${blow.service} sleeps for ${blow.forMs / 1_000} s, a second one works`;
    case 'second':
      return `a second ${blow.service} for ${blow.forMs / 1_000} s`;
    case 'kill-server':
      return `kill -9 of the ${blow.server}`;
    case 'put-back':
      return `a backup of the database; the database goes back to it ${blow.ageMs / 1_000} s later`;
    case 'target':
      return `${blow.system}: ${JSON.stringify(blow.fault)}`;
    case 'redeliver':
      return `${blow.records} records of the state topics once more`;
  }
}
