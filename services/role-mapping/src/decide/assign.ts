import type { DesiredAccount, Failure, Generation, SystemName } from '@rolebridge/contracts';
import { nextGeneration } from '@rolebridge/contracts';

import { effectiveDifference, sameReasons } from './difference.ts';
import type { Evaluation, Wish } from './evaluate.ts';

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
  /** Of the account that stays as it is; {@link NO_ACCOUNT} when there is none. */
  readonly generation: Generation;
}

/** Stands where an outcome has to name an account generation and there is none yet: the lowest one the contract knows. */
export const NO_ACCOUNT = 1;

/** Compares an evaluation with what was published before and numbers what differs, per system and person (L6). */
export function assign(evaluation: Evaluation, previous: ReadonlyMap<SystemName, DesiredAccount>, epoch: number): Assigned {
  const changed: DesiredAccount[] = [];
  const reasoned: DesiredAccount[] = [];
  const refused: Refusal[] = [];
  const covering: Record<SystemName, Generation | null> = {};
  for (const [system, verdict] of evaluation.verdicts) {
    const before = previous.get(system);
    const now = verdict.kind === 'account' ? numbered(verdict.wish, before, epoch) : before;
    covering[system] = generationOf(now);
    if (verdict.kind === 'refused') refused.push({ system, failure: verdict.failure, generation: generationOf(before) ?? NO_ACCOUNT });
    if (now !== undefined && now !== before) (now.generation === generationOf(before) ? reasoned : changed).push(now);
  }
  return { changed, reasoned, refused, covering };
}

function generationOf(account: DesiredAccount | undefined): Generation | null {
  return account === undefined ? null : account.generation;
}

/** The account to be stored: with its next generation when the target has to be told; `before` itself when nothing is new at all. */
function numbered(wish: Wish, before: DesiredAccount | undefined, epoch: number): DesiredAccount {
  if (before === undefined || effectiveDifference(before, wish)) return { ...wish, generation: nextGeneration(epoch, before?.generation) };
  return sameReasons(before, wish) ? before : { ...before, entitlements: wish.entitlements };
}
