import type { IdentityUser } from '@rolebridge/contracts';

import type { CompiledRules, CompiledSystem } from './compile.ts';
import { factsOf } from './facts-of.ts';
import { windowOfPerson } from './presence.ts';
import { nextBoundaryMs } from './validity.ts';
import type { Window } from './validity.ts';

/**
 * When this person has to be judged again although nobody says anything (L12): the next opening or closing of their own dates, or
 * of a dated rule that concerns them. ISO 8601, UTC; `undefined`: never.
 */
export function reevaluateAt(user: IdentityUser, rules: CompiledRules, nowMs: number): string | undefined {
  if (user.presence === 'absent' || user.presence === 'erased') return undefined;
  let next = nextBoundaryMs(windowOfPerson(user).window, nowMs);
  for (const system of rules.systems) next = Math.min(next, nextInSystem(user, system, nowMs));
  return Number.isFinite(next) ? new Date(next).toISOString() : undefined;
}

function nextInSystem(user: IdentityUser, system: CompiledSystem, nowMs: number): number {
  const dated = [...system.rules, ...system.denies].filter((rule) => isDated(rule.window) && nextBoundaryMs(rule.window, nowMs) < Infinity);
  if (dated.length === 0) return Infinity;
  const facts = factsOf(user, system);
  return Math.min(Infinity, ...dated.filter((rule) => rule.when(facts) !== false).map((rule) => nextBoundaryMs(rule.window, nowMs)));
}

function isDated({ fromMs, untilMs }: Window): boolean {
  return Number.isFinite(fromMs) || Number.isFinite(untilMs);
}
