import type { DesiredAccount, Failure, Generation, SystemName } from '@rolebridge/contracts';
import { nextGeneration } from '@rolebridge/contracts';

import { effectiveDifference, sameReasons } from './difference.ts';
import type { Evaluation } from './evaluate.ts';

/** What follows from one evaluation. */
export interface Assigned {
  /** To be stored and published, each with its own next generation. */
  readonly changed: readonly DesiredAccount[];
  /** To be stored only: the same account, given by other rules. */
  readonly reasoned: readonly DesiredAccount[];
  readonly refused: readonly Refusal[];
  /** Per system the account generation that covers the person's generation; `null`: no account (L15). */
  readonly covering: Readonly<Record<SystemName, Generation | null>>;
}

export interface Refusal {
  readonly system: SystemName;
  readonly failure: Failure;
  /** Of the account that stays as it is; 0 when there is none. */
  readonly generation: Generation;
}

/** Compares an evaluation with what was published before and numbers what differs, per system and person (L6). */
export function assign(evaluation: Evaluation, previous: ReadonlyMap<SystemName, DesiredAccount>, epoch: number): Assigned {
  const changed: DesiredAccount[] = [];
  const reasoned: DesiredAccount[] = [];
  const refused: Refusal[] = [];
  const covering: Record<SystemName, Generation | null> = {};
  for (const [system, verdict] of evaluation.verdicts) {
    const before = previous.get(system);
    covering[system] = before?.generation ?? null;
    if (verdict.kind === 'refused') refused.push({ system, failure: verdict.failure, generation: before?.generation ?? 0 });
    if (verdict.kind !== 'account') continue;
    if (effectiveDifference(before, verdict.wish)) {
      const generation = nextGeneration(epoch, before?.generation);
      changed.push({ ...verdict.wish, generation });
      covering[system] = generation;
    } else if (before && !sameReasons(before, verdict.wish)) reasoned.push({ ...before, entitlements: verdict.wish.entitlements });
  }
  return { changed, reasoned, refused, covering };
}
