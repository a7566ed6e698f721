import type { Membership } from '@rolebridge/connector-sdk';
import type { DesiredAccount, EntitlementList, EntitlementType, Failure } from '@rolebridge/contracts';
import type { PlanContext, PlanRules } from './context.ts';
import type { ListPlan } from './lists.ts';
import { unique, without, type FieldglassLink, type FieldglassState } from './state.ts';

/** Which groups have to be looked at for one account. */
export interface ConcernedGroups {
  readonly names: readonly string[];
  /** The list is complete: whatever else the account is in shall go. */
  readonly all: boolean;
}

type By = PlanRules['roles'];

/** Lists whose items are groups: groups, and roles where they are groups of the same name. */
function listsOf({ entitlements }: DesiredAccount, roles: By): readonly (readonly [EntitlementType, EntitlementList])[] {
  const { group, role } = entitlements;
  return [...(group ? ([['group', group]] as const) : []), ...(role && roles === 'groups' ? ([['role', role]] as const) : [])];
}

/** PURE. Groups that are wished, to be taken away, or were ever given by us; mostly none, and then nothing is read. */
export function concernedGroups(desired: DesiredAccount, link: FieldglassLink, roles: By): ConcernedGroups {
  const lists = desired.presence === 'absent' ? [] : listsOf(desired, roles).map(([, list]) => list);
  const named = lists.flatMap(({ items, removed = [] }) => [...items.map(({ value }) => value), ...removed]);
  return { names: unique([...named, ...givenBefore(link)]), all: desired.presence !== 'absent' && desired.entitlements.group?.complete === true };
}

function givenBefore({ lastApplied, attempted }: FieldglassLink): readonly string[] {
  return unique([lastApplied, ...attempted].flatMap((state) => state?.groups ?? []));
}

/**
 * PURE. Memberships in groups that exist: groups are filled and emptied, never created (`sap-fieldglass-c4d3fd5.md`). What is seen of a group may
 * be a moment old, and a write of an earlier plan may be under way: so nothing that we gave, or that is not surely there, depends on it (L18).
 */
export function planGroups(context: PlanContext): GroupsPlan {
  const { desired, link, rules, observation } = context;
  const before = givenBefore(link);
  const wished = wishedGroups(desired, before, rules.roles);
  if (wished === undefined) return leftAlone(before);
  const looks = observation.groups ?? [];
  const missing = wished.find((name) => !looks.some((look) => look.name === name));
  if (missing !== undefined) return { ...leftAlone(before), problem: unknownGroup(missing, fieldOf(missing, desired, rules.roles)) };
  const member = looks.filter((look) => look.member).map(({ name }) => name);
  const sure = link.attempted.length === 0 ? (link.lastApplied?.groups ?? []) : [];
  const join = without(wished, sure.filter((name) => member.includes(name)));
  const leave = without(unique([...before, ...member.filter((name) => isToEnd(name, desired, rules.roles))]), wished);
  return { steps: [], memberships: [...leave.map(asMembership('remove')), ...join.map(asMembership('add'))], groups: wished, warnings: [] };
}

type GroupsPlan = Omit<ListPlan, 'held'> & Pick<FieldglassState, 'groups'> & { readonly memberships: readonly Membership[] };

function asMembership(change: Membership['change']): (group: string) => Membership {
  return (group) => ({ group, change });
}

function leftAlone(before: readonly string[]): GroupsPlan {
  return { steps: [], memberships: [], warnings: [], ...(before.length > 0 ? { groups: before } : {}) };
}

/** Undefined: no statement. Somebody who leaves is in no group that we gave. */
function wishedGroups(desired: DesiredAccount, before: readonly string[], roles: By): readonly string[] | undefined {
  const lists = listsOf(desired, roles);
  if (desired.presence === 'absent') return before.length > 0 || lists.length > 0 ? [] : undefined;
  return lists.length > 0 ? unique(lists.flatMap(([, { items }]) => items.map(({ value }) => value))) : undefined;
}

/** Of what others gave, only what is named goes; roles are written as differences, so a complete list of them takes nothing else away. */
function isToEnd(name: string, desired: DesiredAccount, roles: By): boolean {
  return desired.entitlements.group?.complete === true || listsOf(desired, roles).some(([, { removed }]) => removed?.includes(name) === true);
}

function fieldOf(name: string, desired: DesiredAccount, roles: By): string {
  const paths = listsOf(desired, roles).flatMap(([type, { items }]) => items.map(({ value }, index) => ({ value, path: `entitlements.${type}.items[${index}].value` })));
  return paths.find(({ value }) => value === name)?.path ?? 'entitlements';
}

function unknownGroup(name: string, field: string): Failure {
  return {
    kind: 'rejected',
    code: 'group-unknown',
    field,
    message: `SAP Fieldglass has no group "${name}", and groups cannot be created through its interface. Create it there, or correct the rule or the request.`,
  };
}
