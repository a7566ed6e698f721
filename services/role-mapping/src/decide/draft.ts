import type { EntitlementList, EntitlementType } from '@rolebridge/contracts';

/** An entitlement while it is being collected. */
export interface DraftItem {
  readonly value: string;
  /** Who gave it, in the order of the rules. */
  readonly rules: readonly string[];
  /** For units: positions of the person's units it stems from; empty when it stems from none. */
  readonly from: readonly number[];
  /** Was the primary unit in the account as it stands; only for what is kept. */
  readonly wasPrimary: boolean;
}

/** One type of entitlement of one account while it is being collected: a union over all sources. */
export interface Draft {
  readonly type: EntitlementType;
  readonly key: (value: string) => string;
  readonly items: Map<string, DraftItem>;
  /** What the account holds now by our own last statement; what a source cannot tell is kept from here. */
  readonly previous: EntitlementList | undefined;
  /** What callers took away. */
  readonly revoked: string[];
  /** Whether any source could tell, and whether any could not. */
  told: boolean;
  untold: boolean;
  /** Whether a rule gave (or keeps) anything: then the default stays out. */
  byRule: boolean;
}

export function startDraft(type: EntitlementType, key: (value: string) => string, previous: EntitlementList | undefined): Draft {
  return { type, key, previous, items: new Map(), revoked: [], told: false, untold: false, byRule: false };
}

/** Adds a value under the name of who gives it; a value given twice keeps the spelling that came first. */
export function give(draft: Draft, value: string, by: string, origin: Origin = FROM_NOWHERE): void {
  const key = draft.key(value);
  const given: DraftItem = { value, rules: [by], from: draft.type === 'unit' ? (origin.units ?? []) : [], wasPrimary: origin.wasPrimary ?? false };
  const known = draft.items.get(key);
  draft.items.set(key, known === undefined ? given : together(known, given));
}

function together(known: DraftItem, given: DraftItem): DraftItem {
  return {
    value: known.value,
    rules: [...new Set([...known.rules, ...given.rules])],
    from: [...new Set([...known.from, ...given.from])],
    wasPrimary: known.wasPrimary || given.wasPrimary,
  };
}

export interface Origin {
  /** Positions of the person's units that the value stems from. */
  readonly units?: readonly number[];
  readonly wasPrimary?: boolean;
}

const FROM_NOWHERE: Origin = {};

/** A source that cannot tell takes nothing away: what it gave before stays. Returns whether there was anything. */
export function keep(draft: Draft, by: string): boolean {
  draft.untold = true;
  const kept = draft.previous?.items.filter((item) => item.rules.includes(by)) ?? [];
  for (const item of kept) give(draft, item.value, by, { wasPrimary: item.primary === true });
  return kept.length > 0;
}

export function holdsNow(draft: Draft, value: string): boolean {
  const key = draft.key(value);
  return draft.previous?.items.some((item) => draft.key(item.value) === key) ?? false;
}

/** Units by the position of the unit they stem from, then everything by value: the order of the rules does not show. */
export function inOrder(items: Iterable<DraftItem>): readonly DraftItem[] {
  const position = (item: DraftItem) => Math.min(...item.from, Number.MAX_SAFE_INTEGER);
  return [...items].sort((a, b) => position(a) - position(b) || (a.value < b.value ? -1 : Number(a.value > b.value)));
}
