import type { Membership, Plan, PlanInput, Step } from '@rolebridge/connector-sdk';
import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import { planActive, planCreate, planUpdate, writtenBefore, type AccountPlan } from './account.ts';
import type { PlanContext, PlanRules } from './context.ts';
import { planGroups } from './groups.ts';
import { planRoles, planUnits } from './lists.ts';
import type { FieldglassLink, FieldglassObservation, FieldglassState } from './state.ts';
import { scimStep } from './steps.ts';

/** PURE. Desired account and what is known of the real one → steps, often none. */
export function planAccount(input: PlanInput<FieldglassState, FieldglassObservation>, rules: PlanRules): Plan<FieldglassState> {
  const { desired, link } = input;
  const context = { ...input, rules, common: { generation: desired.generation, sensitive: personalTexts(desired, link) } };
  return desired.presence === 'absent' ? planLeaving(context) : planPresent(context);
}

/** Locked first, so that nothing else can keep a leaver in; then the lists are emptied. Attributes stay as they are. */
function planLeaving(context: PlanContext): Plan<FieldglassState> {
  const { observation, rules, link } = context;
  const gone: FieldglassState = { login: link.accountKey, active: false, written: [] };
  if (!observation.found) return { kind: 'steps', steps: [], target: gone };
  const { id } = observation;
  if (rules.deleteMode === 'delete') {
    const { memberships } = planGroups(context);
    return { kind: 'steps', steps: [scimStep('delete', { kind: 'delete', id, ...context.common }, ['remove'])], target: gone, accountId: id, ...withMemberships(memberships) };
  }
  const lists = planLists(context);
  return {
    kind: 'steps',
    steps: [...planActive(context, observation, false), ...lists.steps],
    target: { ...gone, written: writtenBefore(context), ...lists.held },
    accountId: id,
    ...withMemberships(lists.memberships),
    ...withWarnings(lists.warnings),
  };
}

/** A wish that cannot be written is refused as a whole, but never the locking of an account that is there. */
function planPresent(context: PlanContext): Plan<FieldglassState> {
  const locks = context.desired.presence === 'disabled';
  if (locks && !context.rules.activeSupported) return { kind: 'refuse', failure: LOCK_NOT_SUPPORTED };
  const parts = planParts(context);
  const [problem] = parts.problems;
  return problem && !(locks && context.observation.found) ? { kind: 'refuse', failure: problem } : joined(context, parts);
}

interface Parts {
  readonly account: AccountPlan;
  readonly lists: ListPlans;
  readonly problems: readonly Failure[];
}

function planParts(context: PlanContext): Parts {
  const account = context.observation.found ? planUpdate(context, context.observation) : planCreate(context);
  const lists = planLists(context);
  return { account, lists, problems: [account.problem, ...lists.problems].filter((problem) => problem !== undefined) };
}

/** Locking comes first, unlocking last: whoever is let in has the units he shall have. */
function joined(context: PlanContext, { account, lists, problems }: Parts): Plan<FieldglassState> {
  const { observation, desired, link } = context;
  const usable = desired.presence === 'active';
  const active = observation.found ? planActive(context, observation, usable) : [];
  const changes = [...account.steps, ...lists.steps];
  return {
    kind: 'steps',
    steps: usable ? [...changes, ...active] : [...active, ...changes],
    target: { login: link.accountKey, active: usable, written: account.written, ...lists.held },
    ...(observation.found ? { accountId: observation.id } : {}),
    ...withMemberships(lists.memberships),
    ...withWarnings([...renamed(context), ...account.warnings, ...lists.warnings, ...problems.map(({ message }) => `Locked only: ${message}`)]),
  };
}

const LOCK_NOT_SUPPORTED: Failure = {
  kind: 'rejected',
  code: 'lock-not-supported',
  message: 'This system cannot lock users (activeSupported is false). Lock the user in SAP Fieldglass by hand, or set activeSupported.',
};

interface ListPlans {
  readonly steps: readonly Step[];
  readonly held: Pick<FieldglassState, 'units' | 'roles' | 'groups'>;
  /** After the steps, by each group's one writer. */
  readonly memberships: readonly Membership[];
  readonly warnings: readonly string[];
  readonly problems: readonly Failure[];
}

function planLists(context: PlanContext): ListPlans {
  const units = planUnits(context, context.rules.unitList);
  const roles = planRoles(context, context.rules.roles);
  const { groups, memberships, ...grouped } = planGroups(context);
  const parts = [units, roles, grouped];
  return {
    steps: parts.flatMap(({ steps }) => steps),
    held: { ...(units.held ? { units: units.held } : {}), ...(roles.held ? { roles: roles.held } : {}), ...(groups ? { groups } : {}) },
    warnings: parts.flatMap(({ warnings }) => warnings),
    memberships,
    problems: parts.map(({ problem }) => problem).filter((problem) => problem !== undefined),
  };
}

function renamed({ desired, link }: PlanContext): readonly string[] {
  const same = desired.attributes.userName.toLowerCase() === link.accountKey.toLowerCase();
  return same ? [] : ['The userName has changed, but SAP Fieldglass keeps the login of the creation.'];
}

function withMemberships(memberships: readonly Membership[]): { readonly memberships?: readonly Membership[] } {
  return memberships.length > 0 ? { memberships } : {};
}

function withWarnings(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  return warnings.length > 0 ? { warnings } : {};
}

function personalTexts({ attributes }: DesiredAccount, link: FieldglassLink): readonly string[] {
  const { name, emails, displayName, nickName, userName } = attributes;
  const texts = [link.accountKey, userName, displayName, nickName, name?.formatted, name?.givenName, name?.middleName, name?.familyName, ...(emails ?? []).map(({ value }) => value)];
  return [...new Set(texts.filter((text): text is string => text !== undefined && text !== ''))];
}
