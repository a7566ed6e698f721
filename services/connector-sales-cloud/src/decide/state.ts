import type { Presence } from '@rolebridge/contracts';

export interface SalesCloudUnit {
  readonly id: string;
  /** Role code it was given with: that of a primary or of a further unit. */
  readonly roleCode: string;
  /** First assignment date known to us, ISO date. */
  readonly startDate: string;
}

export interface SalesCloudName {
  readonly given?: string;
  readonly middle?: string;
  readonly family: string;
}

export type ListName = 'units' | 'roles';

/** The account as we wrote it, or will write it; the interface never tells what is there (L18). */
export interface SalesCloudState {
  readonly presence: Presence;
  readonly identityId: string;
  readonly name?: SalesCloudName;
  readonly email?: string;
  readonly phone?: string;
  readonly mobile?: string;
  /** First date known to us, ISO date. */
  readonly startDate: string;
  /** What we gave, ordered by id. Missing: never a statement about units. */
  readonly units?: readonly SalesCloudUnit[];
  /** What we gave, in order of name. Missing: never a statement about roles. */
  readonly roles?: readonly string[];
  /** Lists that were last spoken of without a known outcome: what they hold may be there, so the next statement is sent even if it is just that (L18). */
  readonly unsure?: readonly ListName[];
  /** Mapping and settings it was written with (L13). */
  readonly settings: string;
}

/** Everything that may be there: the state after the last success and whatever was attempted since, oldest first. */
export function knownStates(link: { readonly lastApplied?: SalesCloudState; readonly attempted: readonly SalesCloudState[] }): readonly SalesCloudState[] {
  return link.lastApplied ? [link.lastApplied, ...link.attempted] : link.attempted;
}

/** Every unit that may be there, the newest writing of each, with the earliest start date. `undefined`: none of them speaks of units. */
export function knownUnits(known: readonly SalesCloudState[]): readonly SalesCloudUnit[] | undefined {
  const speaking = known.flatMap((state) => (state.units ? [state.units] : []));
  if (speaking.length === 0) return undefined;
  const union = new Map<string, SalesCloudUnit>();
  for (const unit of speaking.flat()) {
    const before = union.get(unit.id);
    union.set(unit.id, before && before.startDate < unit.startDate ? { ...unit, startDate: before.startDate } : unit);
  }
  return [...union.values()].toSorted((left, right) => compare(left.id, right.id));
}

/** Every role that may be there. `undefined`: none of the states speaks of roles. */
export function knownRoles(known: readonly SalesCloudState[]): readonly string[] | undefined {
  const speaking = known.flatMap((state) => (state.roles ? [state.roles] : []));
  return speaking.length === 0 ? undefined : sorted(speaking.flat());
}

/** Which of the lists that are not spoken of now may differ from what is known of them. */
export function unsureLists(known: readonly SalesCloudState[], speaksOf: Readonly<Record<ListName, boolean>>): Pick<SalesCloudState, 'unsure'> {
  const differs = (list: ListName): boolean => new Set(known.map((state) => JSON.stringify(canonical(state[list] ?? null)))).size > 1;
  const unsure = (['units', 'roles'] as const).filter((list) => !speaksOf[list] && (differs(list) || known.some((state) => state.unsure?.includes(list))));
  return unsure.length > 0 ? { unsure } : {};
}

/** The first start date of the person that we know of. */
export function knownStart(known: readonly SalesCloudState[]): string | undefined {
  return known.map((state) => state.startDate).toSorted(compare)[0];
}

/** Everything the known states say, the newest word first; the lists are their union. */
export function mergedState(known: readonly SalesCloudState[]): SalesCloudState | undefined {
  if (known.length === 0) return undefined;
  const { unsure: _, ...merged } = known.reduce((older, newer) => ({ ...older, ...newer, ...mergedName(older, newer) }));
  const [units, roles] = [knownUnits(known), knownRoles(known)];
  return { ...merged, startDate: knownStart(known) ?? merged.startDate, ...(units ? { units } : {}), ...(roles ? { roles } : {}) };
}

function mergedName(older: SalesCloudState, newer: SalesCloudState): Pick<SalesCloudState, 'name'> {
  return newer.name ? { name: { ...older.name, ...newer.name } } : {};
}

export function sameState(left: SalesCloudState, right: SalesCloudState): boolean {
  return JSON.stringify(canonical(left)) === JSON.stringify(canonical(right));
}

/** Without doubles, in an order that depends on nothing but the values. */
export function sorted(values: readonly string[]): readonly string[] {
  return [...new Set(values)].toSorted(compare);
}

export function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** Stored states come back from the database with their fields in any order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => compare(left, right))
      .map(([key, item]) => [key, canonical(item)]),
  );
}
