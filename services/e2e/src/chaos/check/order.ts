import { CHAOS_SYSTEMS, type ChaosSystem } from '../stories/oracle.ts';
import type { Awakening } from '../run/strike.ts';
import type { Evidence, Finding, LoggedCall, Verdict } from './evidence.ts';

/** A call that may have changed something, by time and generation. */
interface Effect {
  readonly key: string;
  readonly generation: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly operation: string;
}

const WRITES: Readonly<Record<ChaosSystem, readonly string[]>> = {
  'sales-cloud': ['ReplicateEmployee'],
  fieldglass: ['POST /Users', 'PUT /Users/{id}', 'PATCH /Users/{id}', 'DELETE /Users/{id}', 'dataTransfer'],
  'chaos-directory': ['create', 'update', 'groups', 'delete'],
};

const CONNECTORS: Readonly<Record<ChaosSystem, string>> = { 'sales-cloud': 'connector-sales-cloud', fieldglass: 'connector-fieldglass', 'chaos-directory': 'connector-x-directory' };

/** A process that has just woken up may finish what it had begun to write. */
const LATE_MS = 3_000;

/**
 * Effects of one person at one system rise. A call that overlaps a newer one in time, or comes from a process that has just woken
 * up, may be late: nobody can prevent that, so such are counted apart; that they were repaired is what the final state shows (L24).
 */
export function checkOrder(evidence: Evidence): Verdict {
  const all = CHAOS_SYSTEMS.map((system) => judged(system, evidence));
  return { findings: all.flatMap(({ findings }) => findings), notes: all.flatMap(({ notes }) => notes) };
}

function judged(system: ChaosSystem, { calls, awakenings }: Evidence): Verdict {
  const effects = effectsOf(system, calls[system]);
  const findings: Finding[] = [];
  let late = 0;
  for (const chain of byKey(effects).values()) {
    for (const [index, effect] of chain.entries()) {
      const newer = chain.slice(0, index).find((before) => before.generation > effect.generation);
      if (!newer) continue;
      if (newer.toMs >= effect.fromMs || isAwakening(awakenings, system, effect)) late += 1;
      else findings.push({ checker: 'backwards', text: `${system}: ${effect.key} got generation ${effect.generation} (${effect.operation}) ${effect.fromMs - newer.toMs} ms after generation ${newer.generation} was done` });
    }
  }
  return { findings, notes: [`${system}: ${effects.length} writes${late > 0 ? `, ${late} of them late (overlapping, or by a process that had just woken up)` : ''}`] };
}

function effectsOf(system: ChaosSystem, calls: readonly LoggedCall[]): readonly Effect[] {
  return calls
    .filter(({ operation, result, fault, generation, key }) => WRITES[system].includes(operation) && generation !== undefined && key !== undefined && mayHaveWorked(result, fault))
    .map(({ key = '', generation, at, endedAt, operation }) => ({ key: key.toLowerCase(), generation: Number(generation), fromMs: Date.parse(at), toMs: Date.parse(endedAt ?? at), operation }))
    .toSorted((one, other) => one.toMs - other.toMs);
}

function mayHaveWorked(result: string, fault: string | undefined): boolean {
  return result.startsWith('2') || (result === 'reset' && fault === 'reset-after');
}

function byKey(effects: readonly Effect[]): ReadonlyMap<string, readonly Effect[]> {
  return Map.groupBy(effects, ({ key }) => key);
}

function isAwakening(awakenings: readonly Awakening[], system: ChaosSystem, { fromMs }: Effect): boolean {
  return awakenings.some(({ service, atMs }) => service === CONNECTORS[system] && fromMs >= atMs - 50 && fromMs <= atMs + LATE_MS);
}

/** By the numbers of the source instead of our generations, where the target keeps every write: the readable directory. */
export function checkNumbers({ directory, awakenings }: Evidence): readonly Finding[] {
  return [...Map.groupBy(directory.writes.filter(({ kind }) => kind !== 'delete'), ({ owner }) => owner)].flatMap(([owner, writes]) =>
    writes.flatMap((write, index): readonly Finding[] => {
      const newer = writes.slice(0, index).find((before) => before.number > write.number);
      const excused = newer && (newer.atMs >= write.arrivedAtMs || isAwakening(awakenings, 'chaos-directory', { ...EMPTY, fromMs: write.arrivedAtMs }));
      return newer && !excused ? [{ checker: 'backwards', text: `chaos-directory: change #${write.number} of ${owner} (${write.kind}) came after #${newer.number}` }] : [];
    }),
  );
}

const EMPTY: Effect = { key: '', generation: 0, fromMs: 0, toMs: 0, operation: '' };

/** The first record of each generation of a person rises by one without gaps, and the newest is what a reader of the compacted topic finds last. */
export function checkTopics({ records }: Evidence): readonly Finding[] {
  const own = Map.groupBy(records.filter(({ redelivered }) => !redelivered), ({ topic, key }) => `${topic} ${key}`);
  return [...own].flatMap(([place, line]): readonly Finding[] => {
    const generations = line.map(({ generation }) => generation);
    const first = [...new Set(generations)];
    const newest = Math.max(...generations);
    const gap = first.find((generation, index) => generation !== (first[0] ?? 0) + index);
    return [
      ...(gap === undefined && first[0] === 1 ? [] : [{ checker: 'topic order', text: `${place}: the generations came as ${generations.join(', ')}` }]),
      ...(generations.at(-1) === newest ? [] : [{ checker: 'topic order', text: `${place}: the last record has generation ${generations.at(-1)}, the newest is ${newest}` }]),
    ];
  });
}
