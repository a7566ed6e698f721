import type { Step } from '@rolebridge/connector-sdk';
import type { Failure } from '@rolebridge/contracts';
import { changeOf, fixedDiffers } from './attributes.ts';
import type { PlanContext } from './context.ts';
import { attributesOf, nested, wishedAttributes } from './mapping.ts';
import { unique, type FieldglassObservation } from './state.ts';
import { SCHEMAS, scimStep, type Resource } from './steps.ts';
import { attributeProblem, loginProblem } from './validation.ts';

type Found = Extract<FieldglassObservation, { readonly found: true }>;

/** The attributes' part of a plan. */
export interface AccountPlan {
  readonly steps: readonly Step[];
  /** Paths of the attributes that are ours afterwards. */
  readonly written: readonly string[];
  readonly warnings: readonly string[];
  readonly problem?: Failure;
}

/** PURE. Opens the account: the only moment for `userName`, `division` and `manager.value`. */
export function planCreate(context: PlanContext): AccountPlan {
  const { desired, link, rules, common } = context;
  const wished = wishedAttributes(desired.attributes);
  const problem = keyProblem(context) ?? attributeProblem(wished);
  if (problem) return { steps: [], written: [], warnings: [], problem };
  const resource: Resource = { schemas: SCHEMAS, userName: link.accountKey, ...nested(wished), ...(rules.activeSupported ? { active: desired.presence === 'active' } : {}) };
  return { steps: [scimStep('create', { kind: 'create', resource, ...common })], written: Object.keys(wished), warnings: [] };
}

function keyProblem({ desired, link }: PlanContext): Failure | undefined {
  if (link.accountKey !== '') return loginProblem(link.accountKey);
  const owned: Failure = { kind: 'rejected', code: 'login-taken', field: 'userName', message: 'The login of this person belongs to another account. Give one of the two another userName.' };
  return loginProblem(desired.attributes.userName) ?? owned;
}

/** PURE. Changes what differs. */
export function planUpdate(context: PlanContext, observation: Found): AccountPlan {
  const wished = wishedAttributes(context.desired.attributes);
  const observed = attributesOf(observation.resource);
  const previous = writtenBefore(context);
  const problem = attributeProblem(wished);
  if (problem) return { steps: [], written: previous, warnings: [], problem };
  const { merged, operations } = changeOf(wished, observed, previous);
  const warnings = fixedDiffers(wished, observed) ? ['division or manager.value differs, but SAP Fieldglass takes them at creation only: change them there by hand.'] : [];
  const { id } = observation;
  const { common, rules } = context;
  const payload = rules.updateMethod === 'PATCH'
    ? ({ kind: 'patch', id, operations, ...common } as const)
    : ({ kind: 'replace', id, resource: { schemas: SCHEMAS, ...nested(merged), ...activeOfReplacement(context, observation) }, ...common } as const);
  return { steps: operations.length > 0 ? [scimStep('update', payload)] : [], written: Object.keys(wished), warnings };
}

/** A PUT without `active` might unlock somebody; unlocking has a step of its own, at the end. */
function activeOfReplacement(context: PlanContext, observation: Found): { readonly active?: boolean } {
  if (!context.rules.activeSupported) return {};
  return { active: context.desired.presence === 'active' && (knownActive(context, observation) ?? true) };
}

/** PURE. Whether the account is usable now; undefined: cannot be told, so it is written. */
export function knownActive({ link }: PlanContext, observation: Found): boolean | undefined {
  return observation.active ?? (link.attempted.length === 0 ? link.lastApplied?.active : undefined);
}

/** PURE. The step that locks or unlocks, where one is needed. */
export function planActive(context: PlanContext, observation: Found, wished: boolean): readonly Step[] {
  if (!context.rules.activeSupported || knownActive(context, observation) === wished) return [];
  const operations = [{ op: 'replace', path: 'active', value: wished } as const];
  const payload = { kind: 'patch', id: observation.id, operations, ...context.common } as const;
  return [wished ? scimStep('unlock', payload) : scimStep('lock', payload, ['disable'])];
}

/** PURE. Paths that any state we sent may have set. */
export function writtenBefore({ link }: PlanContext): readonly string[] {
  return unique([link.lastApplied, ...link.attempted].flatMap((state) => state?.written ?? []));
}
