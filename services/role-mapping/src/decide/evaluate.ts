import type { Cause, DesiredAccount, Failure, IdentityUser, Presence, SystemName } from '@rolebridge/contracts';
import { ENTITLEMENT_TYPES } from '@rolebridge/contracts';

import type { CompiledRules, CompiledSystem } from './compile.ts';
import { judgeEntitlements } from './entitlements.ts';
import type { Entitlements } from './entitlements.ts';
import { factsOf } from './facts-of.ts';
import type { Warning } from './facts.ts';
import { presenceInSystem, presenceOfPerson, windowOfPerson } from './presence.ts';
import { attributesOf, endOfEarlierLife, requestsOf } from './requests.ts';
import { urgencyOf } from './urgency.ts';

/** A wish without its number; the store gives that under the row lock. */
export type Wish = Omit<DesiredAccount, 'generation'>;

export type Verdict =
  | { readonly kind: 'account'; readonly wish: Wish }
  /** Never had an account here and gets none. */
  | { readonly kind: 'none' }
  /** The account stays as it is: this person's wish breaks a rule of the system. */
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface Evaluation {
  readonly verdicts: ReadonlyMap<SystemName, Verdict>;
  readonly warnings: readonly Warning[];
}

export interface Occasion {
  readonly nowMs: number;
  readonly cause: Cause;
  /** The accounts of this person as last stated, by system. */
  readonly previous: ReadonlyMap<SystemName, DesiredAccount>;
}

/** PURE: which account this person shall have in each system. */
export function evaluate(user: IdentityUser, rules: CompiledRules, occasion: Occasion): Evaluation {
  const { window, readable } = windowOfPerson(user);
  const person = presenceOfPerson(user, window, occasion.nowMs);
  const verdicts = new Map<SystemName, Verdict>();
  const warnings: Warning[] = readable ? [] : [unreadableDates()];
  for (const system of rules.systems) {
    verdicts.set(system.name, judge({ user, person, system, occasion, ruleSet: rules.version, warnings }));
  }
  return { verdicts, warnings };
}

interface Case {
  readonly user: IdentityUser;
  readonly person: Presence;
  readonly system: CompiledSystem;
  readonly occasion: Occasion;
  readonly ruleSet: number;
  readonly warnings: Warning[];
}

function judge(one: Case): Verdict {
  const { user, person, system, occasion } = one;
  const previous = occasion.previous.get(system.name);
  const facts = factsOf(user, system);
  const presence = presenceInSystem({
    person,
    byRules: user.accounts === 'requested' ? false : system.account(facts),
    requested: user.requested[system.name]?.presence,
    locked: user.requested[system.name]?.locked === true,
    previous: previous?.presence,
  });
  if (presence === 'none') return { kind: 'none' };
  if (presence === 'absent') return { kind: 'account', wish: ended(one, previous) };
  const requested = requestsOf(user, system.name, endOfEarlierLife(previous));
  const judged = judgeEntitlements({ system, facts, nowMs: occasion.nowMs, requested }, presence, carriedOver(previous));
  one.warnings.push(...judged.warnings);
  if (judged.kind === 'refused') return judged;
  return { kind: 'account', wish: wish(one, previous, { presence, attributes: attributesOf(user, requested), entitlements: judged.entitlements }) };
}

function endedBefore(previous: DesiredAccount | undefined): Pick<Wish, 'endedAt'> {
  const endedAt = endOfEarlierLife(previous);
  return endedAt === undefined ? {} : { endedAt };
}

/** What an ended account held is not carried into its next life. */
function carriedOver(previous: DesiredAccount | undefined): Entitlements | undefined {
  return previous === undefined || previous.presence === 'absent' ? undefined : previous.entitlements;
}

/** Gone: nothing is held any more. Once ended, later changes of the person no longer matter, except that erasure takes the attributes. */
function ended(one: Case, previous: DesiredAccount | undefined): Wish {
  const { user } = one;
  if (user.presence === 'erased') return wish(one, previous, { presence: 'absent', erased: true, attributes: { userName: user.id }, entitlements: emptied(previous?.entitlements) });
  if (previous?.presence === 'absent') return previous;
  return wish(one, previous, { presence: 'absent', attributes: user.resource, entitlements: emptied(previous?.entitlements) });
}

function emptied(entitlements: Entitlements | undefined): Entitlements {
  const stated = ENTITLEMENT_TYPES.filter((type) => entitlements?.[type] !== undefined);
  return Object.fromEntries(stated.map((type) => [type, { complete: entitlements?.[type]?.complete ?? false, items: [] }]));
}

function wish(one: Case, previous: DesiredAccount | undefined, content: Pick<Wish, 'presence' | 'erased' | 'attributes' | 'entitlements'>): Wish {
  const { user, system, occasion, ruleSet, person } = one;
  return {
    system: system.name,
    userId: user.id,
    userGeneration: user.generation,
    ...endedBefore(previous),
    ruleSet,
    presence: content.presence,
    ...(content.erased && { erased: content.erased }),
    urgency: urgencyOf({ previous, presence: content.presence, byRules: occasion.cause.operation === 'rules', person }),
    attributes: content.attributes,
    entitlements: content.entitlements,
    cause: occasion.cause,
  };
}

function unreadableDates(): Warning {
  return { system: '', code: 'validity-unreadable', message: 'validFrom or validTo of the person is neither a date nor an instant and limits nothing.' };
}
