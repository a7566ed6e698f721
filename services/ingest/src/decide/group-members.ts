import { matchesElement, ScimError, valuesNamedBy } from '@rolebridge/scim';
import type { Member, MemberReference, MemberStep } from '@rolebridge/scim';
import type { GroupChange } from './group-change.ts';

/** Which members a change must know: none, the ones it names, or all. */
export type NeededMembers = 'none' | 'all' | readonly string[];

/** PURE. A change that names its members need not know the others: a group may have a hundred thousand. */
export function neededMembers(change: GroupChange): NeededMembers {
  const parts = stepsOf(change).map(neededBy);
  if (parts.includes('all')) return 'all';
  const named = parts.flatMap((part) => (typeof part === 'string' ? [] : part));
  return named.length === 0 ? 'none' : [...new Set(named)];
}

function neededBy(step: MemberStep): NeededMembers {
  switch (step.do) {
    case 'add':
      return step.members.map(({ value }) => value);
    case 'remove':
      return step.values;
    case 'remove-where':
      return valuesNamedBy(step.filter) ?? 'all';
    case 'replace':
    case 'remove-all':
      return 'all';
  }
}

/** PURE. What a change does to the members, step by step. */
export function stepsOf(change: GroupChange): readonly MemberStep[] {
  if (change.kind === 'patch') return change.patch.steps;
  if (change.kind === 'delete' || change.members === undefined) return [];
  return [{ do: change.kind === 'create' ? 'add' : 'replace', members: change.members }];
}

/** A member that is held; `$ref` plays no part here. */
export type HeldMember = Required<Omit<Member, '$ref'>>;

export interface MemberDifference {
  readonly added: readonly MemberReference[];
  readonly removed: readonly string[];
}

/**
 * PURE. The difference that the steps make to the members that are held, as far as they are needed.
 *
 * @throws ScimError `noTarget` when a filter meets nobody, unless that is no error
 */
export function memberDifference(held: readonly HeldMember[], steps: readonly MemberStep[], missingTarget: boolean): MemberDifference {
  const before = new Map(held.map((member) => [member.value, member]));
  const after = new Map<string, MemberReference | HeldMember>(before);
  for (const step of steps) takeStep(after, step, missingTarget);
  return {
    added: [...after.values()].filter(({ value }) => !before.has(value)),
    removed: [...before.keys()].filter((value) => !after.has(value)),
  };
}

function takeStep(members: Map<string, MemberReference | HeldMember>, step: MemberStep, missingTarget: boolean): void {
  if (step.do === 'remove-where') return removeWhere(members, step, missingTarget);
  if (step.do === 'remove') return step.values.forEach((value) => members.delete(value));
  if (step.do === 'remove-all') return members.clear();
  if (step.do === 'replace') keepOnly(members, new Set(step.members.map(({ value }) => value)));
  for (const member of step.members) if (!members.has(member.value)) members.set(member.value, member);
}

function keepOnly(members: Map<string, unknown>, values: ReadonlySet<string>): void {
  for (const value of members.keys()) if (!values.has(value)) members.delete(value);
}

function removeWhere(members: Map<string, MemberReference | HeldMember>, { filter, path }: Extract<MemberStep, { do: 'remove-where' }>, missingTarget: boolean): void {
  const chosen = [...members.values()].filter((member) => matchesElement(filter, member));
  if (chosen.length === 0 && !missingTarget) throw ScimError.of('noTarget', `Path ${path} matches no member.`);
  chosen.forEach(({ value }) => members.delete(value));
}
