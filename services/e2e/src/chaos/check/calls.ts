import { type ChaosSystem, CONNECTORS } from '../stories/oracle.ts';
import type { Evidence, LoggedCall } from './evidence.ts';

/** A call that may have changed something, by time and generation. Milliseconds since the epoch. */
export interface Effect {
  readonly key: string;
  readonly generation: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly operation: string;
}

const WRITES: Readonly<Record<ChaosSystem, readonly string[]>> = {
  'sales-cloud': ['ReplicateEmployee'],
  fieldglass: ['POST /Users', 'PUT /Users/{id}', 'PATCH /Users/{id}', 'DELETE /Users/{id}', 'dataTransfer'],
  /** `list`: of a group, which is its key. */
  'chaos-directory': ['create', 'update', 'groups', 'delete', 'list'],
};

/** A process that has just woken up may finish what it had begun to write. */
const LATE_MS = 3_000;

/** Writes of each person at a system, in the order in which they were done. */
export function writesByKey(system: ChaosSystem, calls: readonly LoggedCall[], worked: boolean): ReadonlyMap<string, readonly Effect[]> {
  const effects = calls
    .filter(({ operation, result, fault, generation, key }) => WRITES[system].includes(operation) && generation !== undefined && key !== undefined && (!worked || mayHaveWorked(result, fault)))
    .map(({ key = '', generation, at, endedAt, operation }) => ({ key: key.toLowerCase(), generation: Number(generation), fromMs: Date.parse(at), toMs: Date.parse(endedAt ?? at), operation }))
    .toSorted((one, other) => one.toMs - other.toMs);
  return Map.groupBy(effects, ({ key }) => key);
}

function mayHaveWorked(result: string, fault: string | undefined): boolean {
  return result.startsWith('2') || (result === 'reset' && fault === 'reset-after');
}

/** Whether a process that works for this system woke up just before. */
export function hasJustWoken({ awakenings }: Pick<Evidence, 'awakenings'>, system: ChaosSystem, ms: number): boolean {
  return awakenings.some(({ service, atMs }) => service === CONNECTORS[system] && ms >= atMs - 50 && ms <= atMs + LATE_MS);
}

/** Whether the one who called was killed, or fell asleep, while the call was on its way. */
function callerWasLost({ awakenings, exits }: Pick<Evidence, 'awakenings' | 'exits'>, system: ChaosSystem, { fromMs, toMs }: Pick<Effect, 'fromMs' | 'toMs'>): boolean {
  const during = (ms: number): boolean => ms >= fromMs - SLACK_MS && ms <= toMs + SLACK_MS;
  return exits.some(({ program, atMs }) => program.startsWith(CONNECTORS[system]) && during(atMs)) || awakenings.some(({ service, fromMs: fellAsleepMs }) => service === CONNECTORS[system] && during(fellAsleepMs));
}

const SLACK_MS = 100;

/** The caller has stopped waiting by then. */
const TIMEOUT_MS = 2_000;

/** Whether nobody waited for the answer any more, or could: such a call may still be at work at the target (L24). */
export function isAbandoned(effect: Pick<Effect, 'fromMs' | 'toMs'>, system: ChaosSystem, evidence: Pick<Evidence, 'awakenings' | 'exits'>): boolean {
  return effect.toMs - effect.fromMs >= TIMEOUT_MS - SLACK_MS || callerWasLost(evidence, system, effect) || hasJustWoken(evidence, system, effect.fromMs);
}
