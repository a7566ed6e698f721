import type { Random } from '../random.ts';
import type { ChangeKind, PersonState } from './story.ts';

/** A life as far as it has been told. */
export interface Draft {
  readonly person: string;
  /** How many logins the person has had. */
  readonly login: number;
  readonly state: PersonState | null;
  /** The last description, for those who come back. */
  readonly last: PersonState;
}

const UNITS: readonly [readonly string[], ...(readonly string[])[]] = [['1000'], ['2000'], ['3000'], ['1000', '2000'], ['1100', '3000'], ['1000', '2100', '3000']];

/** How a person begins. */
export function startOf(person: string, random: Random): PersonState {
  return { login: person.toLowerCase(), active: true, userType: random.chance(0.8) ? 'employee' : 'contractor', units: random.pick(UNITS), manager: random.chance(0.3), email: true };
}

/** PURE. What may happen to the person next. */
export function nextKind({ state }: Draft, random: Random): ChangeKind {
  if (state === null) return 'rehire';
  if (!state.active) return random.pick(['unlock', 'unlock', 'unlock', 'mover', 'leaver']);
  return random.pick(['mover', 'mover', 'mover', 'rename', 'roles', 'roles', 'lock', 'lock', 'leaver', 'leaver']);
}

/** PURE. The life after that. */
export function afterNext(draft: Draft, kind: ChangeKind, random: Random): Draft {
  if (kind === 'leaver') return { ...draft, state: null };
  const next = NEXT[kind](draft.state ?? draft.last, { draft, random });
  return { ...draft, state: next, last: next, login: draft.login + (kind === 'rename' ? 1 : 0) };
}

type Next = (before: PersonState, making: { readonly draft: Draft; readonly random: Random }) => PersonState;

const moves: Next = (before, { random }) => ({ ...before, units: random.pick(UNITS) });

const NEXT: Readonly<Record<Exclude<ChangeKind, 'leaver'>, Next>> = {
  /** Now and then back to the first login. */
  rename: (before, { draft, random }) => ({ ...before, login: draft.person.toLowerCase() + (draft.login > 1 && random.chance(0.3) ? '' : `.n${draft.login}`) }),
  roles: (before, { random }) => (random.chance(0.5) ? { ...before, manager: !before.manager } : { ...before, userType: before.userType === 'employee' ? 'contractor' : 'employee' }),
  lock: (before) => ({ ...before, active: false }),
  unlock: (before) => ({ ...before, active: true }),
  rehire: (before, { random }) => ({ ...before, active: true, units: random.pick(UNITS) }),
  mover: moves,
  joiner: moves,
  dates: moves,
  mended: moves,
};
