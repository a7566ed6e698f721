import type { EntitlementType, SystemName } from '@rolebridge/contracts';

import { allowance, unitKey } from './allowance.ts';
import { compileCondition } from './condition.ts';
import type { Test } from './condition.ts';
import { anyWildcard, compileMatcher } from './matcher.ts';
import type { TextTest } from './matcher.ts';
import { LIST_OF } from './rule-set.ts';
import type { Condition, Deny, EntitlementValues, PassThrough, Rule, RuleSet, Settings, SystemRules } from './rule-set.ts';
import { windowOf } from './validity.ts';
import type { Window } from './validity.ts';

export interface CompiledRule {
  readonly name: string;
  readonly when: Test;
  readonly window: Window;
  readonly gives: Readonly<Record<EntitlementType, readonly string[]>>;
  /** The rule's own `unit` condition: which units `{unit}` stands for, and which units its unit values stem from. */
  readonly ownUnits: TextTest | undefined;
}

export interface CompiledDeny {
  readonly name: string;
  readonly when: Test;
  readonly window: Window;
  readonly takes: Readonly<Record<EntitlementType, TextTest>>;
}

export interface CompiledSystem {
  readonly name: SystemName;
  readonly settings: Settings;
  readonly unitKey: (unit: string) => string;
  readonly account: Test;
  readonly rules: readonly CompiledRule[];
  readonly denies: readonly CompiledDeny[];
  readonly defaults: Readonly<Record<EntitlementType, readonly string[]>>;
  /** What of the source's lists passes through to entitlements of the same type; `undefined`: nothing. */
  readonly passes: Readonly<Record<'unit' | 'role', TextTest | undefined>>;
  /** Whether the lists of the source matter here at all; a warning about a list that nobody reads helps nobody. */
  readonly reads: { readonly units: boolean; readonly roles: boolean };
  readonly authoritative: ReadonlySet<EntitlementType>;
}

export interface CompiledRules {
  readonly version: number;
  readonly systems: readonly CompiledSystem[];
}

/** Compiles a checked rule set. Systems are in order of name, rules as written. */
export function compileRules(ruleSet: RuleSet, version: number): CompiledRules {
  const names = Object.keys(ruleSet.systems).sort();
  return { version, systems: names.flatMap((name) => (ruleSet.systems[name] ? [compileSystem(name, ruleSet.systems[name])] : [])) };
}

function compileSystem(name: SystemName, rules: SystemRules): CompiledSystem {
  const { settings = {}, rules: giving = [], deny: denying = [] } = rules;
  const key = unitKey(settings);
  const passes = compilePasses(rules.passThrough, key);
  return {
    name,
    settings,
    unitKey: key,
    account: compileCondition(rules.account.when, key),
    rules: giving.map((rule) => compileRule(rule, key)),
    denies: denying.map((deny) => compileDeny(deny, key)),
    defaults: lists(rules.default?.give),
    passes,
    reads: { units: passes.unit !== undefined || conditionsOf(rules).some(readsUnits), roles: passes.role !== undefined },
    authoritative: new Set(settings.authoritative ?? []),
  };
}

function compilePasses(passThrough: PassThrough = {}, key: (unit: string) => string): CompiledSystem['passes'] {
  return { unit: allowance(passThrough.units, key), role: allowance(passThrough.roles, (role) => role) };
}

function compileRule(rule: Rule, key: (unit: string) => string): CompiledRule {
  return {
    name: rule.name,
    when: compileCondition(rule.when, key),
    window: windowOf(rule),
    gives: lists(rule.give),
    ownUnits: rule.when.unit === undefined ? undefined : compileMatcher(rule.when.unit, key),
  };
}

function compileDeny(deny: Deny, key: (unit: string) => string): CompiledDeny {
  const { role, group, unit } = lists(deny.take);
  const takesUnit = anyWildcard(unit.map(key));
  return {
    name: deny.name,
    when: compileCondition(deny.when, key),
    window: windowOf(deny),
    takes: { role: anyWildcard(role), group: anyWildcard(group), unit: (value) => takesUnit(key(value)) },
  };
}

function lists(values: EntitlementValues | undefined): Readonly<Record<EntitlementType, readonly string[]>> {
  return { unit: values?.[LIST_OF.unit] ?? [], role: values?.[LIST_OF.role] ?? [], group: values?.[LIST_OF.group] ?? [] };
}

function conditionsOf(rules: SystemRules): readonly Condition[] {
  return [rules.account.when, ...(rules.rules ?? []).map((rule) => rule.when), ...(rules.deny ?? []).map((deny) => deny.when)];
}

function readsUnits(condition: Condition): boolean {
  if (condition.unit !== undefined || condition.primaryUnit !== undefined) return true;
  const inner = [...(condition.all ?? []), ...(condition.any ?? []), ...(condition.not ? [condition.not] : [])];
  return inner.some(readsUnits);
}
