/** A change of one person's membership in a group that many people share. */
export interface MemberChange {
  /** The person's account, as the target names it. */
  readonly member: string;
  readonly change: 'add' | 'remove';
}

export interface Merged {
  /** Who is missing and has to be there. */
  readonly add: readonly string[];
  /** Who is there and must not be. */
  readonly remove: readonly string[];
  /** The whole list afterwards; those whom nobody mentions stay where they are. */
  readonly members: readonly string[];
}

/** PURE. Folds changes into the members of a group. `changes` holds each member once. */
export function mergeMembers(members: readonly string[], changes: readonly MemberChange[]): Merged {
  const there = new Set(members);
  const add = changes.filter(({ change, member }) => change === 'add' && !there.has(member)).map(({ member }) => member);
  const remove = changes.filter(({ change, member }) => change === 'remove' && there.has(member)).map(({ member }) => member);
  const leaving = new Set(remove);
  return { add, remove, members: [...[...there].filter((member) => !leaving.has(member)), ...add] };
}

/** PURE. Whether a group with these members is as the change wishes. */
export function isMet(members: ReadonlySet<string>, { member, change }: MemberChange): boolean {
  return members.has(member) === (change === 'add');
}

/**
 * PURE. How many may share one call when the worst of them has failed that often: half as many each time, so that somebody who makes a call
 * fail without a clear refusal is alone in the end, and nobody else is exhausted by him (L22, L25).
 */
export function shareLimit(most: number, attempt: number): number {
  return Math.max(1, Math.floor(most / 2 ** Math.min(attempt, 30)));
}

/** PURE. Those of `items` that go together now: the ones with the fewest failures first. */
export function shareOf<Item extends { readonly attempt: number }>(items: readonly Item[], most: number): readonly Item[] {
  const sorted = items.toSorted((left, right) => left.attempt - right.attempt);
  const end = sorted.findIndex(({ attempt }, index) => index >= shareLimit(most, attempt));
  return end < 0 ? sorted : sorted.slice(0, end);
}
