import type { DesiredAccount, IdentityUser } from '@rolebridge/contracts';

import { compileRules } from '../decide/compile.ts';
import type { CompiledRules } from '../decide/compile.ts';
import { evaluate } from '../decide/evaluate.ts';
import type { Evaluation, Verdict, Wish } from '../decide/evaluate.ts';
import type { RuleFile, SystemRules } from '../decide/rule-set.ts';

/** For tests: people and rules with the least one has to say. */

export const ANNA = '11111111-1111-4111-8111-111111111111';

export function person(changes: Partial<IdentityUser> = {}): IdentityUser {
  return {
    id: ANNA,
    generation: 1,
    presence: 'active',
    resource: { userName: 'anna', name: { familyName: 'Berg', givenName: 'Anna' }, emails: [{ value: 'anna.berg@example.org', type: 'work' }] },
    groups: [],
    requested: {},
    cause: { operation: 'create', at: '2026-11-22T08:00:00.000Z', by: 'test', correlationId: 'c-1' },
    ...changes,
  };
}

export const SYSTEM = 'sales-cloud';

export function systemRules(changes: RuleFile = {}): SystemRules {
  return { account: { when: { everybody: true } }, ...changes };
}

export function rulesOf(changes: RuleFile = {}, version = 1): CompiledRules {
  return compileRules({ systems: { [SYSTEM]: systemRules(changes) } }, version);
}

export const NOW = Date.parse('2026-11-22T12:00:00Z');

export interface Given {
  readonly rules?: RuleFile;
  readonly previous?: DesiredAccount;
  readonly nowMs?: number;
  readonly cause?: 'rules' | 'replace';
}

export function evaluated(user: IdentityUser, { rules = {}, previous, nowMs = NOW, cause = 'replace' }: Given = {}): Evaluation {
  return evaluate(user, rulesOf(rules), {
    nowMs,
    cause: { ...user.cause, operation: cause },
    previous: new Map(previous ? [[SYSTEM, previous]] : []),
  });
}

export function verdictOn(user: IdentityUser, given: Given = {}): Verdict {
  return evaluated(user, given).verdicts.get(SYSTEM) ?? { kind: 'none' };
}

/** The account of a person who gets one. */
export function wishFor(user: IdentityUser, given: Given = {}): Wish {
  const verdict = verdictOn(user, given);
  if (verdict.kind !== 'account') throw new Error(`expected an account, got ${verdict.kind}`);
  return verdict.wish;
}

/** The account as it was published, to be the previous one. */
export function published(user: IdentityUser, given: Given = {}): DesiredAccount {
  return { ...wishFor(user, given), generation: 1 };
}

export function valuesOf(wish: Wish, type: 'unit' | 'role' | 'group'): readonly string[] | undefined {
  return wish.entitlements[type]?.items.map((item) => item.value);
}

export function primaryOf(wish: Wish): string | undefined {
  return wish.entitlements.unit?.items.find((item) => item.primary)?.value;
}
