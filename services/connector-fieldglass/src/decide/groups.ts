import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import type { PlanContext } from './context.ts';
import type { ListPlan } from './lists.ts';
import { unique, without, type FieldglassLink, type FieldglassState } from './state.ts';
import type { GroupsPayload } from './steps.ts';

/** Which groups have to be looked at for one account. */
export interface ConcernedGroups {
  readonly names: readonly string[];
  /** The list is complete: whatever else the account is in shall go. */
  readonly all: boolean;
}

/** PURE. Groups that are wished, to be taken away, or were ever given by us; mostly none, and then nothing is read. */
export function concernedGroups(desired: DesiredAccount, link: FieldglassLink): ConcernedGroups {
  const list = desired.presence === 'absent' ? undefined : desired.entitlements.group;
  const wished = list?.items.map(({ value }) => value) ?? [];
  return { names: unique([...wished, ...(list?.removed ?? []), ...givenBefore(link)]), all: list?.complete === true };
}

function givenBefore({ lastApplied, attempted }: FieldglassLink): readonly string[] {
  return unique([lastApplied, ...attempted].flatMap((state) => state?.groups ?? []));
}

/** PURE. Memberships in groups that exist: groups are filled and emptied, never created (`sap-fieldglass-c4d3fd5.md`). */
export function planGroups(context: PlanContext): GroupsPlan {
  const before = givenBefore(context.link);
  const wished = wishedGroups(context.desired, before);
  if (wished === undefined) return leftAlone(before);
  const looks = context.observation.groups ?? [];
  const missing = wished.find((name) => !looks.some((look) => look.name === name));
  if (missing !== undefined) return { ...leftAlone(before), problem: unknownGroup(wished.indexOf(missing)) };
  const member = looks.filter((look) => look.member).map(({ name }) => name);
  const add = without(wished, member);
  const remove = without(member.filter((name) => isToEnd(name, context.desired, before)), wished);
  return { steps: add.length + remove.length > 0 ? [groupsStep(context, add, remove)] : [], groups: wished, warnings: [] };
}

type GroupsPlan = Omit<ListPlan, 'held'> & Pick<FieldglassState, 'groups'>;

function leftAlone(before: readonly string[]): GroupsPlan {
  return { steps: [], warnings: [], ...(before.length > 0 ? { groups: before } : {}) };
}

/** Undefined: no statement. Somebody who leaves is in no group that we gave. */
function wishedGroups({ presence, entitlements }: DesiredAccount, before: readonly string[]): readonly string[] | undefined {
  if (presence === 'absent') return before.length > 0 || entitlements.group ? [] : undefined;
  return entitlements.group && unique(entitlements.group.items.map(({ value }) => value));
}

function isToEnd(name: string, { entitlements: { group } }: DesiredAccount, before: readonly string[]): boolean {
  return group?.complete === true || before.includes(name) || group?.removed?.includes(name) === true;
}

function groupsStep({ common }: PlanContext, add: readonly string[], remove: readonly string[]) {
  const payload: GroupsPayload = { kind: 'set-groups', add, remove, ...common };
  return { name: 'set-groups', creates: false, losses: remove.map(() => 'role' as const), payload, body: JSON.stringify({ add, remove }) };
}

function unknownGroup(index: number): Failure {
  return {
    kind: 'rejected',
    code: 'group-unknown',
    field: `entitlements.group.items[${index}].value`,
    message: 'SAP Fieldglass has no group with this name, and groups cannot be created through its interface. Create it there, or correct the rule or the request.',
  };
}
