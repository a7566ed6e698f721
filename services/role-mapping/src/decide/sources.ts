import type { EntitlementType, RequestedAccount } from '@rolebridge/contracts';
import { ENTITLEMENT_TYPES } from '@rolebridge/contracts';

import type { CompiledRule, CompiledSystem } from './compile.ts';
import { give, holdsNow, keep } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Facts, Warning } from './facts.ts';
import type { TextTest } from './matcher.ts';
import { DEFAULT_RULE, PASS_THROUGH, UNIT_PLACEHOLDER, hasPlaceholder, requestedBy } from './rule-set.ts';
import { isWithin } from './validity.ts';

export type Drafts = Readonly<Record<EntitlementType, Draft>>;

/** What every source needs to know. */
export interface Question {
  readonly system: CompiledSystem;
  readonly facts: Facts;
  readonly nowMs: number;
  /** What callers asked for this account (L8). */
  readonly requested: RequestedAccount | undefined;
}

/** Rules are a union; a rule out of its dates gives nothing. */
export function giveByRules({ system, facts, nowMs }: Question, drafts: Drafts): void {
  for (const rule of system.rules) {
    const truth = isWithin(rule.window, nowMs) && rule.when(facts);
    for (const type of ENTITLEMENT_TYPES) {
      if (rule.gives[type].length > 0) applyRule(rule, truth, facts, drafts[type]);
    }
  }
}

function applyRule(rule: CompiledRule, truth: boolean | undefined, facts: Facts, draft: Draft): void {
  if (truth === undefined) {
    if (keep(draft, rule.name)) draft.byRule = true;
    return;
  }
  draft.told = true;
  if (!truth) return;
  draft.byRule = true;
  const units = ownPositions(rule, facts);
  for (const value of rule.gives[draft.type]) {
    if (hasPlaceholder(value)) giveForEach(draft, value, rule.name, units.map((position) => [position, facts.units?.[position] ?? '']));
    else give(draft, value, rule.name, { units });
  }
}

function giveForEach(draft: Draft, template: string, by: string, units: readonly (readonly [number, string])[]): void {
  for (const [position, unit] of units) give(draft, template.replaceAll(UNIT_PLACEHOLDER, unit), by, { units: [position] });
}

function ownPositions(rule: CompiledRule, facts: Facts): readonly number[] {
  const { ownUnits } = rule;
  return ownUnits === undefined ? [] : facts.unitKeys.flatMap((key, position) => (ownUnits(key) ? [position] : []));
}

/** Per type, for people to whom no rule gave anything of that type. */
export function giveDefaults({ system }: Question, drafts: Drafts): void {
  for (const type of ENTITLEMENT_TYPES) {
    const draft = drafts[type];
    const values = system.defaults[type];
    if (values.length === 0 || draft.byRule) continue;
    if (draft.untold) keep(draft, DEFAULT_RULE);
    else {
      draft.told = true;
      for (const value of values) give(draft, value, DEFAULT_RULE);
    }
  }
}

/** Units and roles of the source that become entitlements unchanged. Returns what the allow-list holds back. */
export function passThrough({ system, facts }: Question, drafts: Drafts): readonly Warning[] {
  const barred = [...pass(drafts.unit, system.passes.unit, facts.units), ...pass(drafts.role, system.passes.role, facts.roles)];
  return barred.length === 0 ? [] : [{ system: system.name, code: 'role-not-allowed', message: `Not on the allow-list of pass-through: ${barred.join(', ')}.` }];
}

function pass(draft: Draft, allowed: TextTest | undefined, values: readonly string[] | undefined): readonly string[] {
  if (allowed === undefined) return [];
  if (values === undefined) {
    keep(draft, PASS_THROUGH);
    return [];
  }
  draft.told = true;
  const barred: string[] = [];
  for (const [position, value] of values.entries()) {
    if (allowed(value)) give(draft, value, PASS_THROUGH, { units: [position] });
    else barred.push(value);
  }
  return barred;
}

/** Grants are added and revokes taken away, whoever gave the value (L8, L10). */
export function applyRequests({ system, requested }: Question, drafts: Drafts): readonly Warning[] {
  if (requested === undefined) return [];
  const warnings: Warning[] = [];
  const draftOf = (type: string) => {
    const known = ENTITLEMENT_TYPES.find((each) => each === type);
    if (known === undefined) warnings.push({ system: system.name, code: 'grant-of-unknown-type', message: `A request names the entitlement type "${type}", which does not exist; use ${ENTITLEMENT_TYPES.join(', ')}.` });
    return known && drafts[known];
  };
  for (const { type, value, by } of requested.grants) {
    const draft = draftOf(type);
    if (draft) give(draft, value, requestedBy(by));
  }
  for (const { type, value } of requested.revokes) {
    const draft = draftOf(type);
    draft?.items.delete(draft.key(value));
    draft?.revoked.push(value);
  }
  return warnings;
}

/** Deny wins over everything. A deny that cannot be told changes nothing: it keeps new values out and leaves what is there. */
export function deny({ system, facts, nowMs }: Question, drafts: Drafts): void {
  for (const rule of system.denies) {
    const truth = isWithin(rule.window, nowMs) && rule.when(facts);
    if (truth === false) continue;
    for (const type of ENTITLEMENT_TYPES) takeAway(drafts[type], (value) => rule.takes[type](value) && (truth === true || !holdsNow(drafts[type], value)));
  }
}

function takeAway(draft: Draft, goes: TextTest): void {
  for (const [key, { value }] of draft.items) if (goes(value)) draft.items.delete(key);
}
