import type { IdentityUser, Presence } from '@rolebridge/contracts';

import type { Truth } from './condition.ts';
import { isWithin, windowOf } from './validity.ts';
import type { Window } from './validity.ts';

/** The person as a whole, before any system is asked: gone, locked (also outside the dates, L12), or active. */
export function presenceOfPerson(user: IdentityUser, window: Window, nowMs: number): Presence {
  if (user.presence === 'absent' || user.presence === 'erased') return 'absent';
  if (user.presence === 'disabled') return 'disabled';
  return isWithin(window, nowMs) ? 'active' : 'disabled';
}

/** The dates of a person. What cannot be read limits nothing: a typing error must not lock anybody out; it is reported. */
export function windowOfPerson({ validFrom, validTo }: IdentityUser): { readonly window: Window; readonly readable: boolean } {
  const window = windowOf({ ...(validFrom !== undefined && { validFrom }), ...(validTo !== undefined && { validTo }) });
  const readable = !Number.isNaN(window.fromMs) && !Number.isNaN(window.untilMs);
  return {
    readable,
    window: { fromMs: Number.isNaN(window.fromMs) ? -Infinity : window.fromMs, untilMs: Number.isNaN(window.untilMs) ? Infinity : window.untilMs },
  };
}

export interface PresenceInputs {
  readonly person: Presence;
  /** What the rules say about an account here; `undefined`: cannot be told. */
  readonly byRules: Truth;
  /** What was requested for this system (L8), if anything. */
  readonly requested: Presence | undefined;
  /** Locked by request, whoever opened it. */
  readonly locked: boolean;
  /** How the account stands by our last statement; `undefined` when there never was one. */
  readonly previous: Presence | undefined;
}

const STRICTNESS: Readonly<Record<Presence, number>> = { active: 0, disabled: 1, absent: 2 };

/**
 * How the account shall be in one system; `none`: never had one and gets none. The person's own presence limits everything; a
 * request opens an account that rules do not give, and ends or locks one that they do, in this system only (L8).
 */
export function presenceInSystem({ person, byRules, requested, locked, previous }: PresenceInputs): Presence | 'none' {
  const had = previous !== undefined && previous !== 'absent';
  const entitled = isEntitled(requested, byRules ?? had);
  const wished = entitled ? stricter(person, stricter(requested ?? 'active', locked ? 'disabled' : 'active')) : 'absent';
  return wished === 'absent' && isUnheardOf(previous, requested) ? 'none' : wished;
}

/** An explicit end is said even of an account that we never stated: it may be there. */
function isUnheardOf(previous: Presence | undefined, requested: Presence | undefined): boolean {
  return previous === undefined && requested !== 'absent';
}

function isEntitled(requested: Presence | undefined, byRules: boolean): boolean {
  return requested === undefined ? byRules : requested !== 'absent';
}

function stricter(a: Presence, b: Presence): Presence {
  return STRICTNESS[a] >= STRICTNESS[b] ? a : b;
}
