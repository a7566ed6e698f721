import type { DesiredAccount } from '@rolebridge/contracts';
import type { SalesCloudSettings } from '../settings.ts';
import { rolesToEnd, unitsToEnd } from './entitlements.ts';
import type { WishedLists } from './entitlements.ts';
import type { EmployeeMessage, ListItem, ResponsibilityItem, UnitItem } from './message.ts';
import type { SalesCloudState, SalesCloudUnit } from './state.ts';

/** What the message is made of. */
export interface Composition {
  readonly key: string;
  readonly wish: SalesCloudState;
  readonly known: readonly SalesCloudState[];
  /** Types of entitlement the wish speaks of; the others are left alone. */
  readonly speaksOf: { readonly unit: boolean; readonly role: boolean };
  /** Types of which the wish is all there shall be. */
  readonly complete: { readonly unit: boolean; readonly role: boolean };
  readonly settings: SalesCloudSettings;
  readonly today: string;
}

/** What the wish says about its lists. */
export function statementsOf({ entitlements }: DesiredAccount): Pick<Composition, 'speaksOf' | 'complete'> {
  return {
    speaksOf: { unit: entitlements.unit !== undefined, role: entitlements.role !== undefined },
    complete: { unit: entitlements.unit?.complete === true, role: entitlements.role?.complete === true },
  };
}

/** The whole account: every field is written whatever is there, since it cannot be read (L18). */
export function wholeMessage(composition: Composition): EmployeeMessage {
  const { key, wish, known, settings } = composition;
  return {
    key,
    action: '04',
    ...address(wish, known),
    units: unitItems(composition),
    employeeType: { startDate: wish.startDate, endDate: settings.endDate },
    employeeTypesComplete: settings.assignmentsAdopted,
    identity: identity(composition),
    ...(wish.name ? { name: { ...emptied(known, wish, 'given'), ...emptied(known, wish, 'middle'), ...wish.name } } : {}),
    ...responsibilities(composition),
  };
}

/** Login off, roles and units ended, everything else left alone: how somebody leaves, and how a lock passes although other data are wrong. */
export function lockMessage(composition: Composition): EmployeeMessage {
  return { key: composition.key, action: '04', units: unitItems(composition), employeeTypesComplete: false, identity: identity(composition), ...responsibilities(composition) };
}

export function removeMessage(key: string): EmployeeMessage {
  return { key, action: '03', units: [], employeeTypesComplete: false, responsibilities: [], responsibilitiesComplete: false };
}

function address(wish: SalesCloudState, known: readonly SalesCloudState[]): Pick<EmployeeMessage, 'address'> {
  const mobile = wish.mobile ?? (known.some((state) => state.mobile !== undefined) ? '' : undefined);
  const fields = {
    ...(wish.phone === undefined ? {} : { phone: wish.phone }),
    ...(wish.email === undefined ? {} : { email: wish.email }),
    ...(mobile === undefined ? {} : { mobile }),
  };
  return Object.keys(fields).length > 0 ? { address: fields } : {};
}

/** A part of the name that may be there and is not wished any more is emptied. */
function emptied(known: readonly SalesCloudState[], wish: SalesCloudState, part: 'given' | 'middle'): Partial<Record<'given' | 'middle', string>> {
  return wish.name?.[part] === undefined && known.some((state) => state.name?.[part] !== undefined) ? { [part]: '' } : {};
}

function identity(composition: Composition): NonNullable<EmployeeMessage['identity']> {
  const { wish, settings, speaksOf, complete } = composition;
  const rolesComplete = speaksOf.role && complete.role && settings.assignmentsAdopted;
  return {
    identityId: wish.identityId,
    ...(settings.language === undefined ? {} : { language: settings.language.toUpperCase() }),
    inactive: wish.presence !== 'active',
    rolesComplete,
    roles: speaksOf.role ? roleItems(composition, rolesComplete) : [],
  };
}

function roleItems({ wish, known, settings }: Composition, whole: boolean): readonly ListItem[] {
  const given = (wish.roles ?? []).map((id): ListItem => ({ action: '04', id }));
  const ended = whole ? [] : rolesToEnd(listsOf(wish), known).map((id): ListItem => ({ action: settings.removeAction, id }));
  return [...ended, ...given];
}

function unitItems({ wish, known, speaksOf, settings, today }: Composition): readonly UnitItem[] {
  if (!speaksOf.unit) return [];
  const given = (wish.units ?? []).map((unit): UnitItem => ({ action: '04', ...unit, endDate: settings.endDate }));
  const ended = unitsToEnd(listsOf(wish), known).map((unit): UnitItem => endOf(unit, settings, today));
  return [...ended, ...given];
}

/** By end date the validity ends yesterday. One that began today is removed all the same: it would otherwise be given for a day (L18). */
function endOf(unit: SalesCloudUnit, settings: SalesCloudSettings, today: string): UnitItem {
  const yesterday = dayBefore(today);
  if (settings.unitEnd === 'remove' || yesterday < unit.startDate) return { action: settings.removeAction, ...unit, endDate: settings.endDate };
  return { action: '04', ...unit, endDate: yesterday };
}

function responsibilities(composition: Composition): Pick<EmployeeMessage, 'responsibilities' | 'responsibilitiesComplete'> {
  const { wish, known, speaksOf, complete, settings } = composition;
  if (!settings.salesResponsibilities || !speaksOf.unit) return { responsibilities: [], responsibilitiesComplete: false };
  const whole = complete.unit && settings.assignmentsAdopted;
  const given = (wish.units ?? []).map((unit) => responsibility(unit, settings));
  const ended = whole ? [] : unitsToEnd(listsOf(wish), known).map(({ id }): ResponsibilityItem => ({ action: settings.removeAction, id }));
  return { responsibilities: [...ended, ...given], responsibilitiesComplete: whole };
}

function responsibility(unit: SalesCloudUnit, settings: SalesCloudSettings): ResponsibilityItem {
  return { action: '04', id: unit.id, ...(settings.defaultResponsibility ? { isDefault: unit.roleCode === settings.codes.primaryUnit } : {}) };
}

function listsOf(wish: SalesCloudState): WishedLists {
  return { ...(wish.units ? { units: wish.units } : {}), ...(wish.roles ? { roles: wish.roles } : {}) };
}

function dayBefore(date: string): string {
  return new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);
}
