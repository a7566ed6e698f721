import type { Loss, Step } from '@rolebridge/connector-sdk';
import type { EntitlementType, Failure } from '@rolebridge/contracts';
import type { PlanContext } from './context.ts';
import { kept, knowledge, sameMembers, unique, without, type Held, type Knowledge } from './state.ts';
import type { RolesPayload, UnitsPayload } from './steps.ts';
import { roleProblem, unitProblem } from './validation.ts';

/** One part of a plan: what to do about it, what holds afterwards, and why it cannot be done. */
export interface ListPlan {
  readonly steps: readonly Step[];
  readonly held?: Held;
  readonly warnings: readonly string[];
  readonly problem?: Failure;
}

type ListInput = Pick<PlanContext, 'desired' | 'link' | 'observation' | 'common'>;

/** PURE. The business units: write-only, so every plan builds on what was applied and attempted (L18). */
export function planUnits(input: ListInput, unitList: 'replace' | 'add'): ListPlan {
  const known = knowledge(input.link, input.observation, 'units');
  const wished = statement(input, 'unit', known);
  if (!wished) return leftAlone(known);
  const problem = unitProblem(wished);
  if (problem) return { ...leftAlone(known), problem };
  return unitList === 'replace' ? replaceUnits(input, wished, known) : addUnits(input, wished, known);
}

/** The whole list goes out as soon as it differs or anything about it is doubtful. */
function replaceUnits(input: ListInput, wished: readonly string[], known: Knowledge): ListPlan {
  const held = { values: wished, doubtful: [] };
  const fresh = !input.observation.found && wished.length === 0;
  if (fresh || isAsWished(wished, known)) return { steps: [], held, warnings: [] };
  const takesOver = isTakenOver(input, known);
  const lost = without([...known.values, ...known.doubtful], wished).length + (takesOver ? 1 : 0);
  return { steps: [unitsStep(input, wished, lost)], held, warnings: takesOver ? [UNITS_BY_HAND_END] : [] };
}

/** The account was not opened by us, and nothing of its list is known. */
function isTakenOver({ observation, link }: ListInput, { stated }: Knowledge): boolean {
  return observation.found && !stated && link.attempted.length === 0;
}

const UNITS_BY_HAND_END = 'SAP Fieldglass replaces the whole list of business units: units given there by hand end with this first upload.';

function isAsWished(wished: readonly string[], { stated, unsettled, values, doubtful }: Knowledge): boolean {
  return stated && !unsettled && doubtful.length === 0 && sameMembers(values, wished);
}

/** Where an upload only extends, what is too much stays: refusing would block everything else about the user for ever, so it is said at each plan. */
function addUnits(input: ListInput, wished: readonly string[], known: Knowledge): ListPlan {
  const missing = without(wished, surelyThere(known));
  const left = without([...known.values, ...known.doubtful], wished);
  const held = { values: unique([...wished, ...known.values]), doubtful: without(known.doubtful, wished) };
  const warnings = left.length > 0
    ? [`${left.length} business unit(s) cannot be taken away, because this system's unitList is "add": remove them in SAP Fieldglass by hand.`]
    : [];
  return { steps: missing.length > 0 ? [unitsStep(input, missing, 0)] : [], held, warnings };
}

function unitsStep({ link, observation, common }: ListInput, units: readonly string[], lost: number): Step {
  const login = observation.found ? observation.userName : link.accountKey;
  const payload: UnitsPayload = { kind: 'set-units', login, units, ...common };
  return { name: 'set-units', creates: false, losses: losses('unit', lost), payload, body: JSON.stringify({ login, units }) };
}

/** PURE. The roles, where they are uploaded; where they are groups that is done elsewhere, and otherwise they are left alone with a warning. */
export function planRoles(input: ListInput, by: PlanContext['rules']['roles']): ListPlan {
  const known = knowledge(input.link, input.observation, 'roles');
  const wished = statement(input, 'role', known);
  if (!wished) return leftAlone(known);
  if (by !== 'upload') return { ...leftAlone(known), warnings: by === 'none' && wished.length > 0 ? [ROLES_IGNORED] : [] };
  const problem = roleProblem(wished);
  if (problem) return { ...leftAlone(known), problem };
  const add = without(wished, surelyThere(known));
  const remove = without([...known.values, ...known.doubtful], wished);
  const held = { values: wished, doubtful: [] };
  return { steps: add.length + remove.length > 0 ? [rolesStep(input, add, remove)] : [], held, warnings: [] };
}

const ROLES_IGNORED = 'Roles are not written: settings.roleGroups is false and settings.roles, the layout of the role upload, is not configured for this system.';

function rolesStep({ link, observation, common }: ListInput, add: readonly string[], remove: readonly string[]): Step {
  const login = observation.found ? observation.userName : link.accountKey;
  const payload: RolesPayload = { kind: 'set-roles', login, add, remove, ...common };
  return { name: 'set-roles', creates: false, losses: losses('role', remove.length), payload, body: JSON.stringify({ login, add, remove }) };
}

/** The list as wished; of somebody who leaves nothing, if it was stated or anything was ever given; undefined: no statement. */
function statement({ desired }: ListInput, type: EntitlementType, known: Knowledge): readonly string[] | undefined {
  const list = desired.entitlements[type];
  if (desired.presence === 'absent') return list || kept(known) ? [] : undefined;
  return list && unique(list.items.map((item) => item.value));
}

/** What was sent without a known answer is sent again, also what was there before: the late call may still arrive (L24). */
function surelyThere({ values, unsettled }: Knowledge): readonly string[] {
  return unsettled ? [] : values;
}

function leftAlone(known: Knowledge): ListPlan {
  const held = kept(known);
  return { steps: [], warnings: [], ...(held ? { held } : {}) };
}

function losses(loss: Loss, count: number): readonly Loss[] {
  return Array.from({ length: count }, () => loss);
}
