import type { Fault as TargetFault } from '@rolebridge/simulator-kit';
import { type Random, randomOf } from '../random.ts';
import type { ChaosSystem } from '../stories/oracle.ts';
import { CHAOS_SYSTEMS } from '../stories/oracle.ts';

export const CHAOS_SERVICES = ['ingest', 'role-mapping', 'connector-sales-cloud', 'connector-fieldglass', 'connector-x-directory'] as const;
export type ChaosService = (typeof CHAOS_SERVICES)[number];

/** One thing that is broken on purpose. */
export type Blow =
  /** `kill -9`; it is started again at once, as an orchestrator would. */
  | { readonly kind: 'kill'; readonly service: ChaosService }
  /** SIGSTOP with calls in flight, then SIGCONT. While it sleeps a second instance works, and the target is slow, so that both meet. */
  | { readonly kind: 'pause'; readonly service: ChaosService; readonly forMs: number }
  /** A second instance comes and goes: two rebalances, and two workers in between. */
  | { readonly kind: 'second'; readonly service: ChaosService; readonly forMs: number }
  /** `kill -9` with the data kept, then started again. */
  | { readonly kind: 'kill-server'; readonly server: 'broker' | 'database' }
  | { readonly kind: 'target'; readonly system: ChaosSystem; readonly fault: TargetFault }
  /** The whole database goes back to a backup of so long before, as deploy/README.md tells an operator to do it. */
  | { readonly kind: 'put-back'; readonly ageMs: number }
  /** Older records of the state topics are written once more. */
  | { readonly kind: 'redeliver'; readonly records: number };

export type Strike = Blow & { /** Milliseconds after the beginning of the run. */ readonly atMs: number };

export interface ScheduleOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Whether broker and database are ours to kill. */
  readonly infrastructure: boolean;
}

/** A lease has 10 to 15 s left when its holder falls asleep: the shorter ones wake while a successor is at work, the longer ones after it. */
export const PAUSES_MS = { shortest: 12_000, longest: 18_000 } as const;

/** One connector sleeps for each such time. */
const SLEEPER_EVERY_MS = 25_000;

/** Fewer would leave the stories in peace, more would leave no time for work. */
const ONE_EVERY_MS = 1_800;

/** A shorter run would have no time left after it. The backup is taken within the given shares of the run. */
const PUT_BACK = { shortestRunMs: 100_000, earliest: 0.1, latest: 0.4, youngestMs: 8_000, oldestShare: 0.2 } as const;

/** PURE. What breaks when. Every kind comes once before any comes again, as far as there is time. */
export function generateSchedule({ seed, durationMs, infrastructure }: ScheduleOptions): readonly Strike[] {
  const random = randomOf(seed ^ 0x5eed);
  const count = Math.floor(durationMs / ONE_EVERY_MS);
  const blows: Blow[] = [];
  while (blows.length < count) blows.push(...deck(random, durationMs).filter(({ kind }) => infrastructure || kind !== 'kill-server'));
  const step = durationMs / count;
  const strikes = blows.slice(0, count).map((blow, index): Strike => ({ ...blow, atMs: Math.round(step * (index + random.next())) }));
  const all = [...strikes.map((strike) => endingInTime(strike, durationMs)), ...(infrastructure ? putBack(random, durationMs) : [])];
  return all.toSorted((one, other) => one.atMs - other.atMs);
}

/** Once: it takes everything away for longer than anything else. */
function putBack(random: Random, durationMs: number): readonly Strike[] {
  if (durationMs < PUT_BACK.shortestRunMs) return [];
  const { earliest, latest, youngestMs, oldestShare } = PUT_BACK;
  return [{ kind: 'put-back', atMs: Math.round(durationMs * (earliest + (latest - earliest) * random.next())), ageMs: random.between(youngestMs, Math.round(durationMs * oldestShare)) }];
}

/** A pause needs its whole length, so it begins early enough. */
function endingInTime(strike: Strike, durationMs: number): Strike {
  return strike.kind === 'pause' ? { ...strike, atMs: Math.max(0, Math.min(strike.atMs, durationMs - strike.forMs)) } : strike;
}

/** One of everything, the most telling kinds first, each aimed anew. */
function deck(random: Random, durationMs: number): readonly Blow[] {
  const service = (): ChaosService => random.pick(CHAOS_SERVICES);
  const connector = (): ChaosService => random.pick(['connector-sales-cloud', 'connector-fieldglass', 'connector-x-directory']);
  const sleepers = random.shuffle(CHAOS_SERVICES.filter((one) => one.startsWith('connector-'))).slice(0, Math.floor(durationMs / SLEEPER_EVERY_MS));
  const pause = sleepers.map((one): Blow => ({ kind: 'pause', service: one, forMs: random.between(PAUSES_MS.shortest, PAUSES_MS.longest) }));
  const first: readonly Blow[] = [
    ...pause,
    ...CHAOS_SERVICES.map((one): Blow => ({ kind: 'kill', service: one })),
    { kind: 'kill-server', server: 'broker' },
    { kind: 'kill-server', server: 'database' },
    { kind: 'second', service: service(), forMs: random.between(3_000, 10_000) },
    { kind: 'redeliver', records: random.between(20, 60) },
    { kind: 'redeliver', records: random.between(20, 60) },
    ...CHAOS_SYSTEMS.map((system): Blow => ({ kind: 'target', system, fault: { kind: 'reset-after', share: 0.5, forMs: 6_000 } })),
  ];
  const later: readonly Blow[] = CHAOS_SYSTEMS.flatMap((system) => TARGET_FAULTS.map((fault): Blow => ({ kind: 'target', system, fault })));
  const kills: readonly Blow[] = [{ kind: 'kill', service: connector() }, { kind: 'kill', service: service() }];
  return [...random.shuffle(first), ...random.shuffle([...later, ...kills])];
}

/** Slow is slower than the time-out of a call (2 s) and quicker than the settle time. */
const TARGET_FAULTS: readonly TargetFault[] = [
  { kind: 'server-error', share: 0.3, forMs: 8_000 },
  { kind: 'throttle', share: 0.5, value: 2, forMs: 4_000 },
  { kind: 'reset-before', share: 0.5, forMs: 4_000 },
  { kind: 'latency', value: 2_600, share: 0.3, forMs: 5_000 },
  { kind: 'latency', value: 300, forMs: 5_000 },
  { kind: 'duplicate', share: 0.3, forMs: 5_000 },
  { kind: 'down', forMs: 4_000 },
];
