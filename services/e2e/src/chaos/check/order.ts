import { GENERATIONS_PER_EPOCH } from '@rolebridge/contracts';
import { CHAOS_SYSTEMS, type ChaosSystem } from '../stories/oracle.ts';
import { hasJustWoken, isAbandoned, writesByKey } from './calls.ts';
import type { Evidence, Finding, Verdict } from './evidence.ts';

/**
 * Effects of one person at one system rise. A call that overlaps a newer one in time, or comes from a process that has just woken
 * up, may be late: nobody can prevent that, so such are counted apart; that they were repaired is what the final state shows (L24).
 */
export function checkOrder(evidence: Evidence): Verdict {
  const all = CHAOS_SYSTEMS.map((system) => judged(system, evidence));
  return { findings: all.flatMap(({ findings }) => findings), notes: all.flatMap(({ notes }) => notes) };
}

function judged(system: ChaosSystem, evidence: Evidence): Verdict {
  const chains = [...writesByKey(system, evidence.calls[system], true).values()];
  const backwards = chains.flatMap((chain) =>
    chain.flatMap((effect, index) => {
      const newer = chain.slice(0, index).find((before) => before.generation > effect.generation);
      return newer ? [{ effect, newer, late: newer.toMs >= effect.fromMs || hasJustWoken(evidence, system, effect.fromMs) }] : [];
    }),
  );
  const late = backwards.filter((one) => one.late).length;
  const lateNote = late > 0 ? `, ${late} of them late (overlapping, or by a process that had just woken up)` : '';
  return {
    notes: [`${system}: ${chains.flat().length} writes${lateNote}`],
    findings: backwards
      .filter((one) => !one.late)
      .map(({ effect, newer }) => ({ checker: 'backwards', text: `${system}: ${effect.key} got generation ${effect.generation} (${effect.operation}) ${effect.fromMs - newer.toMs} ms after generation ${newer.generation} was done` })),
  };
}

/** By the numbers of the source instead of our generations, where the target keeps every write: the readable directory. */
export function checkNumbers(evidence: Evidence): readonly Finding[] {
  return [...Map.groupBy(evidence.directory.writes.filter(({ kind }) => kind !== 'delete'), ({ owner }) => owner)].flatMap(([owner, writes]) =>
    writes.flatMap((write, index): readonly Finding[] => {
      const newer = writes.slice(0, index).find((before) => before.number > write.number);
      const excused = newer && (newer.atMs >= write.arrivedAtMs || hasJustWoken(evidence, 'chaos-directory', write.arrivedAtMs));
      return newer && !excused ? [{ checker: 'backwards', text: `chaos-directory: change #${write.number} of ${owner} (${write.kind}) came after #${newer.number}` }] : [];
    }),
  );
}

/**
 * For each person and system, and for each group, at most one write is on its way: the next begins only when the one before was answered. Unless its
 * caller was killed, fell asleep, or stopped waiting: then it may still be at work at the target (L24).
 */
export function checkOneAtATime(evidence: Evidence): readonly Finding[] {
  return CHAOS_SYSTEMS.flatMap((system) =>
    [...writesByKey(system, evidence.calls[system], false).values()].flatMap((chain) => {
      const begun = chain.toSorted((one, other) => one.fromMs - other.fromMs);
      return begun.flatMap((effect, index) => {
        const other = begun.slice(0, index).find((before) => before.toMs > effect.fromMs && !isAbandoned(before, system, evidence));
        return other ? [{ checker: 'two at once', text: `${system}: ${effect.key} got generation ${effect.generation} (${effect.operation}) while generation ${other.generation} (${other.operation}) was on its way` }] : [];
      });
    }),
  );
}

/** The first record of each generation of a person rises by one without gaps, or begins a new epoch after the database was put back (L6), and the newest is what a reader of the compacted topic finds last. */
export function checkTopics({ records }: Evidence): readonly Finding[] {
  const own = Map.groupBy(records.filter(({ redelivered }) => !redelivered), ({ topic, key }) => `${topic} ${key}`);
  return [...own].flatMap(([place, line]): readonly Finding[] => {
    const generations = line.map(({ generation }) => generation);
    const first = [...new Set(generations)];
    const newest = Math.max(...generations);
    const gap = first.find((generation, index) => !follows(first[index - 1] ?? 0, generation));
    return [
      ...(gap === undefined ? [] : [{ checker: 'topic order', text: `${place}: the generations came as ${generations.join(', ')}` }]),
      ...(generations.at(-1) === newest ? [] : [{ checker: 'topic order', text: `${place}: the last record has generation ${generations.at(-1)}, the newest is ${newest}` }]),
    ];
  });
}

function follows(before: number, generation: number): boolean {
  const epoch = (one: number): number => Math.floor(one / GENERATIONS_PER_EPOCH);
  return generation === before + 1 || epoch(generation) > epoch(before);
}

/** What is told of one person at one system never goes back to an older wish: whoever lost a lease tells nothing. */
export function checkOutcomes({ outcomes }: Evidence): readonly Finding[] {
  const once = [...new Map(outcomes.map((outcome) => [outcome.id, outcome])).values()];
  return [...Map.groupBy(once, ({ system, userId }) => `${system}, user ${userId}`)].flatMap(([place, told]) =>
    told.flatMap(({ generation, state }, index): readonly Finding[] => {
      const newer = told.slice(0, index).find((before) => before.generation > generation);
      return newer ? [{ checker: 'outcomes', text: `${place}: generation ${generation} was told to be ${state} after generation ${newer.generation} was told to be ${newer.state}` }] : [];
    }),
  );
}
