import { createHash } from 'node:crypto';
import { ENTITLEMENT_TYPES, type DesiredAccount, type ObservedAccount, type ObservedAssignment } from '@rolebridge/contracts';
import type { Assignment, SeenAccount } from '../seen.ts';

/** PURE. What the account holds, after a look that told everything or only something about it. */
export function assignmentsAfter(before: readonly Assignment[], { entitlements, told }: SeenAccount): readonly Assignment[] {
  const known = entitlements ?? before;
  const { has, hasNot } = told ?? NOTHING_TOLD;
  return distinct([...without(known, hasNot), ...has]);
}

/** PURE. The next look after a step: what the answer showed, with what was told before. */
export function seenAfter(before: SeenAccount, answer: SeenAccount): SeenAccount {
  if (answer.entitlements !== undefined) return answer;
  const [first, then] = [before.told ?? NOTHING_TOLD, answer.told ?? NOTHING_TOLD];
  const has = [...without(first.has, then.hasNot), ...then.has];
  const hasNot = [...without(first.hasNot, then.has), ...then.hasNot];
  return { ...answer, ...(before.entitlements === undefined ? {} : { entitlements: before.entitlements }), told: { has, hasNot } };
}

const NOTHING_TOLD = { has: [], hasNot: [] } as const satisfies NonNullable<SeenAccount['told']>;

/** The link that owns an account. */
export interface Owner {
  readonly userId: string;
  readonly applied: number | null;
  readonly entitlements: DesiredAccount['entitlements'];
}

export type SeenContent = Omit<ObservedAccount, 'generation' | 'at' | 'system'>;

/** PURE. What is told about an account, without its number. */
export function contentOf(seen: SeenAccount, assignments: readonly Assignment[], { owner, applied = owner?.applied }: { readonly owner?: Owner; readonly applied?: number | null }): SeenContent {
  return {
    accountId: seen.accountId,
    ...(owner === undefined ? {} : { userId: owner.userId }),
    ...(applied === undefined || applied === null ? {} : { accountGeneration: applied }),
    presence: seen.presence,
    attributes: seen.attributes,
    entitlements: assignments.map((one) => named(one, owner)).toSorted(byName),
  };
}

function named({ type, value }: Assignment, owner: Owner | undefined): ObservedAssignment {
  const rules = owner?.entitlements[type]?.items.find((item) => item.value === value)?.rules ?? [];
  return rules.length > 0 ? { type, value, rules } : { type, value };
}

function byName(a: Assignment, b: Assignment): number {
  return ENTITLEMENT_TYPES.indexOf(a.type) - ENTITLEMENT_TYPES.indexOf(b.type) || (a.value < b.value ? -1 : Number(a.value > b.value));
}

/** PURE. Equal for equal content, whatever the order of members. */
export function contentHash(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content, ordered)).digest('hex').slice(0, 32);
}

function ordered(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function includes(list: readonly Assignment[], { type, value }: Assignment): boolean {
  return list.some((one) => one.type === type && one.value === value);
}

function without(list: readonly Assignment[], gone: readonly Assignment[]): readonly Assignment[] {
  return list.filter((one) => !includes(gone, one));
}

function distinct(list: readonly Assignment[]): readonly Assignment[] {
  return list.filter((one, at) => list.findIndex((other) => other.type === one.type && other.value === one.value) === at);
}
