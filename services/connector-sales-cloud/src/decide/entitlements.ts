import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import type { SalesCloudSettings } from '../settings.ts';
import { FIELD_RULES, firstProblem, refusal } from './fields.ts';
import { compare, knownRoles, knownUnits, sorted } from './state.ts';
import type { SalesCloudState, SalesCloudUnit } from './state.ts';

/** The lists as they shall be: with a statement, what is wished; without, what we gave and do not touch. */
export interface WishedLists {
  readonly units?: readonly SalesCloudUnit[];
  readonly roles?: readonly string[];
}

/** Why the lists cannot be sent: too long, not fit for XML, two primary units. */
export function listProblem({ entitlements }: DesiredAccount, settings: Pick<SalesCloudSettings, 'unitIds'>): Failure | undefined {
  const unitRule = settings.unitIds === 'receiver' ? FIELD_RULES.receiverUnit : FIELD_RULES.senderUnit;
  const units = entitlements.unit?.items ?? [];
  if (new Set(units.filter(({ primary }) => primary === true).map(({ value }) => value)).size > 1) {
    return refusal('field-invalid', 'entitlements.unit', 'entitlements.unit has more than one primary unit. Correct the policy for the primary unit in the rules.');
  }
  return firstProblem([
    ...units.map(({ value }, index) => ({ path: `entitlements.unit[${String(index)}]`, value, rule: unitRule })),
    ...(entitlements.role?.items ?? []).map(({ value }, index) => ({ path: `entitlements.role[${String(index)}]`, value, rule: FIELD_RULES.role })),
  ]);
}

/** The wished lists, with the first known date of each unit. */
export function wishedLists(desired: DesiredAccount, known: readonly SalesCloudState[], context: { readonly codes: SalesCloudSettings['codes']; readonly today: string }): WishedLists {
  const units = desired.entitlements.unit ? wishedUnits(desired, known, context) : knownUnits(known);
  const roles = desired.entitlements.role ? sorted(desired.entitlements.role.items.map(({ value }) => value)) : knownRoles(known);
  return { ...(units ? { units } : {}), ...(roles ? { roles } : {}) };
}

function wishedUnits(desired: DesiredAccount, known: readonly SalesCloudState[], context: { readonly codes: SalesCloudSettings['codes']; readonly today: string }): readonly SalesCloudUnit[] {
  const items = desired.entitlements.unit?.items ?? [];
  const startDates = new Map((knownUnits(known) ?? []).map((unit) => [unit.id, unit.startDate]));
  const primary = new Set(items.filter((item) => item.primary === true).map(({ value }) => value));
  return [...new Set(items.map(({ value }) => value))].toSorted(compare).map((id) => ({
    id,
    roleCode: primary.has(id) ? context.codes.primaryUnit : context.codes.furtherUnit,
    startDate: startDates.get(id) ?? context.today,
  }));
}

/** Units that may be there and are not wished: each is ended explicitly, because this list has no complete flag (L18, R-31). */
export function unitsToEnd(wished: WishedLists, known: readonly SalesCloudState[]): readonly SalesCloudUnit[] {
  const wishedIds = new Set(wished.units?.map(({ id }) => id));
  return (knownUnits(known) ?? []).filter(({ id }) => !wishedIds.has(id));
}

/** Roles that may be there and are not wished. */
export function rolesToEnd(wished: WishedLists, known: readonly SalesCloudState[]): readonly string[] {
  const wishedRoles = new Set(wished.roles);
  return (knownRoles(known) ?? []).filter((role) => !wishedRoles.has(role));
}
