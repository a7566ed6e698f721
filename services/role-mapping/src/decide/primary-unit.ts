import type { Failure } from '@rolebridge/contracts';

import type { DraftItem } from './draft.ts';
import type { Warning } from './facts.ts';
import type { Question } from './sources.ts';

export type PrimaryUnit =
  | { readonly kind: 'chosen'; readonly item: DraftItem | undefined; readonly warnings: readonly Warning[] }
  | { readonly kind: 'refused'; readonly failure: Failure };

/**
 * Which unit is the primary one: the one the source states, when the person has it; then the one the account has already, as
 * long as the source says nothing about units; then the policy. There is never a unit that nobody gave.
 */
export function primaryUnit(question: Question, items: readonly DraftItem[]): PrimaryUnit {
  const { facts } = question;
  const known = stated(question, items) ?? (facts.units === undefined ? items.find((item) => item.wasPrimary) : undefined);
  if (known !== undefined || items.length === 0) return { kind: 'chosen', item: known, warnings: [] };
  return byPolicy(question, items);
}

function byPolicy(question: Question, items: readonly DraftItem[]): PrimaryUnit {
  const { system } = question;
  const policy = system.settings.primaryUnit ?? 'none';
  if (policy === 'reject') return { kind: 'refused', failure: noPrimaryUnit(system.name) };
  if (policy === 'none') return { kind: 'chosen', item: undefined, warnings: stray(question) };
  return { kind: 'chosen', item: items[0], warnings: items.length > 1 ? chosenWarning(question) : [] };
}

function stated({ system, facts }: Question, items: readonly DraftItem[]): DraftItem | undefined {
  const { primaryUnitKey: key } = facts;
  if (key === undefined) return undefined;
  const position = facts.unitKeys.indexOf(key);
  return items.find((item) => system.unitKey(item.value) === key) ?? items.find((item) => item.from.includes(position));
}

function chosenWarning({ system }: Question): readonly Warning[] {
  return [{ system: system.name, code: 'primary-unit-chosen', message: 'The source states no primary unit that the person has; the first unit was taken (primaryUnit: first).' }];
}

function stray({ system, facts }: Question): readonly Warning[] {
  if (facts.primaryUnitKey === undefined) return [];
  return [{ system: system.name, code: 'primary-unit-missing', message: 'The primary unit stated by the source is not among the units; none is marked (primaryUnit: none).' }];
}

function noPrimaryUnit(system: string): Failure {
  return {
    kind: 'rejected',
    code: 'primary-unit-missing',
    message: `${system} needs a primary unit, and the source states none that the person has. State one of the person's units as primary, or set primaryUnit: first in the rules.`,
    field: 'primaryUnit',
  };
}
