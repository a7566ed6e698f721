import type { DesiredAccount, Failure } from '@rolebridge/contracts';
import type { LinkView, Loss, Plan, PlanInput, Step } from '@rolebridge/connector-sdk';
import type { SalesCloudSettings } from '../settings.ts';
import { lockMessage, removeMessage, statementsOf, wholeMessage } from './compose.ts';
import type { Composition } from './compose.ts';
import { listProblem, rolesToEnd, unitsToEnd, wishedLists } from './entitlements.ts';
import { keyProblem } from './keys.ts';
import { mapPerson } from './mapping.ts';
import type { EmployeeMessage, SalesCloudPayload } from './message.ts';
import { knownStart, knownStates, mergedState, sameState, unsureLists } from './state.ts';
import type { SalesCloudState } from './state.ts';

/** Sales Cloud cannot be read through this interface: every observation is the same. */
export interface Unreadable {
  readonly readable: false;
}

export interface PlanSettings {
  readonly settings: SalesCloudSettings;
  /** Hash of mapping and settings. */
  readonly settingsHash: string;
}

interface Situation extends PlanSettings {
  readonly desired: DesiredAccount;
  readonly link: LinkView<SalesCloudState>;
  readonly known: readonly SalesCloudState[];
  readonly today: string;
}

/**
 * PURE. One message that makes the account as wished, or none when the last success already was that and nothing was
 * attempted since. What was attempted counts as possibly there and is written or ended explicitly (L18).
 */
export function planAccount({ desired, link, today }: PlanInput<SalesCloudState, Unreadable>, context: PlanSettings): Plan<SalesCloudState> {
  const situation: Situation = { ...context, desired, link, today, known: knownStates(link) };
  return desired.presence === 'absent' ? planLeaving(situation) : planPresent(situation);
}

function planPresent(situation: Situation): Plan<SalesCloudState> {
  const wished = wishOf(situation);
  if (!wished.ok) return refuseOrLock(situation, wished.failure);
  const { wish } = wished;
  const warnings = notEmptied(wish, situation.known);
  if (isSettled(situation, wish)) return { kind: 'steps', steps: [], target: wish };
  const composition = compositionOf(situation, wish, statementsOf(situation.desired));
  return { kind: 'steps', steps: [stepOf(situation, composition, wholeMessage(composition))], target: wish, ...(warnings.length > 0 ? { warnings } : {}) };
}

function wishOf(situation: Situation): { readonly ok: true; readonly wish: SalesCloudState } | { readonly ok: false; readonly failure: Failure } {
  const { desired, link, known, settings, settingsHash, today } = situation;
  const noKey = link.accountKey === '' ? keyProblem(desired, settings) : undefined;
  const mapped = mapPerson(desired);
  const failure = noKey ?? (mapped.ok ? listProblem(desired, settings) : mapped.failure);
  if (!mapped.ok || failure) return { ok: false, failure: failure ?? unexplained };
  const lists = wishedLists(desired, known, { codes: settings.codes, today });
  const unsure = unsureLists(known, { units: desired.entitlements.unit !== undefined, roles: desired.entitlements.role !== undefined });
  return { ok: true, wish: { presence: desired.presence, ...mapped.person, startDate: knownStart(known) ?? today, ...lists, ...unsure, settings: settingsHash } };
}

const unexplained: Failure = { kind: 'unclassified', code: 'no-reason', message: 'A refusal without a reason. This is a defect of Rolebridge.' };

/** A lock never waits for a name to be corrected: without an acceptable wish the known account is locked and nothing else is touched. */
function refuseOrLock(situation: Situation, failure: Failure): Plan<SalesCloudState> {
  const merged = mergedState(situation.known);
  if (situation.desired.presence !== 'disabled' || !merged) return { kind: 'refuse', failure };
  const target: SalesCloudState = { ...merged, presence: 'disabled', ...unsureLists(situation.known, { units: false, roles: false }) };
  const warnings = [`Only the lock was sent. ${failure.message}`];
  if (isSettled(situation, target)) return { kind: 'steps', steps: [], target, warnings };
  const composition = compositionOf(situation, target, { speaksOf: NOTHING, complete: NOTHING });
  return { kind: 'steps', steps: [stepOf(situation, composition, lockMessage(composition))], target, warnings };
}

const NOTHING = { unit: false, role: false } as const;
const EVERYTHING = { unit: true, role: true } as const;

/** `absent` is sent whenever anything was ever sent; the settings do not matter any more once it was accepted (L18, L20). */
function planLeaving(situation: Situation): Plan<SalesCloudState> {
  const { known, link, settings, settingsHash, desired, today } = situation;
  const merged = mergedState(known) ?? { identityId: desired.attributes.userName, startDate: today };
  const target: SalesCloudState = { ...merged, presence: 'absent', units: [], roles: [], settings: settingsHash };
  const gone = link.attempted.length === 0 && link.lastApplied?.presence === 'absent';
  if (known.length === 0 || gone) return { kind: 'steps', steps: [], target: link.lastApplied ?? target };
  const composition = compositionOf(situation, target, { speaksOf: EVERYTHING, complete: EVERYTHING });
  const message = settings.deleteMode === 'remove' ? removeMessage(link.accountKey) : lockMessage(composition);
  return { kind: 'steps', steps: [stepOf(situation, composition, message)], target };
}

function isSettled({ link }: Situation, wish: SalesCloudState): boolean {
  return link.attempted.length === 0 && link.lastApplied !== undefined && sameState(link.lastApplied, wish);
}

function compositionOf(situation: Situation, wish: SalesCloudState, statements: Pick<Composition, 'speaksOf' | 'complete'>): Composition {
  const { link, known, settings, today } = situation;
  return { key: link.accountKey, wish, known, settings, today, ...statements };
}

function stepOf(situation: Situation, composition: Composition, message: EmployeeMessage): Step {
  const { desired, link, settingsHash } = situation;
  const payload: SalesCloudPayload = { message, generation: desired.generation };
  return {
    name: nameOf(composition),
    creates: composition.wish.presence !== 'absent' && (link.lastApplied === undefined || link.lastApplied.presence === 'absent'),
    losses: lossesOf(composition),
    payload,
    body: JSON.stringify({ settings: settingsHash, ...message }),
  };
}

function nameOf({ wish, known, settings }: Composition): string {
  if (wish.presence === 'absent') return settings.deleteMode === 'remove' ? 'remove' : 'end';
  if (known.length === 0) return 'create';
  if (known.every(({ presence }) => presence === wish.presence)) return 'update';
  return wish.presence === 'disabled' ? 'lock' : 'unlock';
}

function lossesOf({ wish, known, speaksOf }: Composition): readonly Loss[] {
  const wasActive = known.some(({ presence }) => presence === 'active');
  return [
    ...(wish.presence === 'disabled' && wasActive ? ['disable' as const] : []),
    ...(wish.presence === 'absent' ? ['remove' as const] : []),
    ...(speaksOf.role && rolesToEnd(wish, known).length > 0 ? ['role' as const] : []),
    ...(speaksOf.unit && unitsToEnd(wish, known).length > 0 ? ['unit' as const] : []),
  ];
}

/** Fields that this interface has no way to empty: an empty value is not valid there. */
function notEmptied(wish: SalesCloudState, known: readonly SalesCloudState[]): readonly string[] {
  return (['email', 'phone'] as const)
    .filter((field) => wish[field] === undefined && known.some((state) => state[field] !== undefined))
    .map((field) => `Sales Cloud keeps the last ${field === 'email' ? 'e-mail address' : 'phone number'}: this interface cannot empty it. Remove it there by hand if it matters.`);
}
