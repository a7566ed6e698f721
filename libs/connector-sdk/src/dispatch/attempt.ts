import { ClassifiedError, type Failure, failureOf } from '@rolebridge/contracts';
import type { Answer } from '../decide/breaker.ts';
import { withAttempt } from '../decide/attempted.ts';
import { ownedByAnother } from '../decide/ownership.ts';
import { wireId } from '../decide/wire-id.ts';
import { isEcho } from './echo.ts';
import type { Membership } from '../groups.ts';
import type { CallContext, Connector, LinkView, Loss, Plan, Step, StepResult } from '../port.ts';
import type { Announcement, ClaimedLink, LinkStore } from '../store/link-store.ts';
import type { Brake } from '../store/brake.ts';
import type { LastCall } from '../store/letters.ts';

/** How one attempt ended, before anybody judged it. */
export type Ending =
  | { readonly kind: 'done'; readonly steps: readonly string[]; readonly picture: object; readonly accountId: string | null; readonly owned: boolean; readonly memberships?: readonly Membership[]; readonly echoes?: number; readonly unasked?: true }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly waitingOn: string | null; readonly accountId: string | null; readonly wrote: boolean; readonly steps: readonly string[]; readonly planned?: readonly string[]; readonly picture?: object; readonly call?: LastCall; readonly echoes?: number; readonly echo?: boolean }
  | { readonly kind: 'held'; readonly failure: Failure; readonly losses: readonly Loss[] }
  | { readonly kind: 'shadow'; readonly plan: unknown; readonly steps: readonly string[] };

export interface AttemptContext {
  readonly connector: Connector<object, unknown>;
  readonly store: LinkStore;
  readonly brake: Brake;
  readonly mode: 'shadow' | 'active';
  /** Stores an announcement together with others that are due at the same moment; false = the lease is gone. */
  readonly announce: (announcement: Announcement) => Promise<boolean>;
  /** Every call to the target passes here: concurrency and rate; urgent ones go first (L25). */
  readonly call: <T>(work: () => Promise<T>, signal: AbortSignal, urgent?: boolean) => Promise<T>;
  /** Steps that may share their call with others', which then takes its turn by itself (L22). */
  readonly sharesCall?: (step: Step) => boolean;
  readonly isUniqueViolation: (error: unknown) => boolean;
  /** Masks personal data and credentials in a body that is shown to operators. */
  readonly mask: (text: string) => string;
  readonly today: () => string;
  readonly signal: AbortSignal;
  /** Whether the lease of this claim surely still holds (monotonic clock, L24). */
  readonly leaseHolds: () => boolean;
}

/** What the target answered during an attempt; an answer that several people share is counted with one of them. Where nothing is ever confirmed nothing is read either: looking there costs no call. */
export function answersOf(ending: Ending, readable: boolean): readonly Answer[] {
  if (!hasAsked(ending)) return [];
  const writes = countedSteps(ending).map((): Answer => ({ call: 'write' }));
  const good: readonly Answer[] = readable ? [{ call: 'read' }, ...writes] : writes;
  if (ending.kind === 'done') return good;
  const { failure } = ending;
  if (!ending.wrote) return readable ? [{ call: 'read', failure }] : [];
  return ending.echo === true ? good : [...good, { call: 'write', failure }];
}

function countedSteps({ steps, echoes = 0 }: Extract<Ending, { readonly echoes?: number }>): readonly string[] {
  return steps.slice(echoes);
}

type Steps = Extract<Plan<object>, { kind: 'steps' }>;

export const LEASE_GONE: Failure = { kind: 'in-doubt', code: 'lease-lost', message: 'The worker was paused longer than its lease; the account is looked at again.' };

/** Observe, plan, announce, apply (design §3.3) for one claimed link whose account key is `accountKey`. Never throws. */
export async function attemptLink(link: ClaimedLink, accountKey: string, context: AttemptContext): Promise<Ending> {
  const view = viewOf(link, accountKey);
  const progress: Progress = { done: [], planned: [], wrote: false, picture: undefined, accountId: link.accountId, call: LOOKING, echoes: 0, echo: false };
  try {
    const plan = await planFor(link, view, context);
    progress.call = undefined;
    if (plan.kind === 'refuse') return failed(plan.failure, progress);
    progress.accountId = plan.accountId ?? link.accountId;
    progress.planned = plannedNames(plan);
    progress.picture = plan.target;
    if (progress.planned.length === 0) return finished(link, plan, progress);
    if (context.mode === 'shadow') return shadow(plan, context);
    const losses = lossesOf(plan);
    const held = await context.brake.hold(link, losses);
    if (held) return { kind: 'held', failure: held, losses };
    const taken = await announcePlan(link, view, plan, context);
    if (taken) return notTheirs(link, failed(taken.failure, progress, taken.waitingOn));
    await applySteps(link, view, plan, { context, progress });
    return finished(link, plan, progress);
  } catch (error) {
    noteAnswer(progress, error);
    return failed(failureOf(error), progress);
  }
}

function noteAnswer(progress: Progress, error: unknown): void {
  progress.echo = isEcho(error);
  const answer = ClassifiedError.answerOf(error);
  if (answer !== undefined && progress.call !== undefined) progress.call = { ...progress.call, answer };
}

interface Progress {
  readonly done: string[];
  planned: readonly string[];
  wrote: boolean;
  /** What is true once everything is written. */
  picture: object | undefined;
  accountId: string | null;
  /** Steps done whose answer was counted with somebody else's. */
  echoes: number;
  /** The same of the answer that ended it. */
  echo: boolean;
  /** The call that is, or was last, in flight. */
  call: LastCall | undefined;
}

/** Before the first step: the account is looked up, nothing is sent. */
const LOOKING: LastCall = { step: 'look up the account', body: '' };

export function viewOf(link: ClaimedLink, accountKey: string): LinkView<object> {
  return {
    system: link.system,
    userId: link.userId,
    accountKey,
    attempted: link.attempted,
    ...(link.accountId === null ? {} : { accountId: link.accountId }),
    ...(link.lastApplied === null ? {} : { lastApplied: link.lastApplied }),
  };
}

function callOf(link: ClaimedLink, id: string, context: AttemptContext): CallContext {
  return { correlationId: link.desired.cause.correlationId, wireId: id, signal: context.signal };
}

/** Whoever leaves or is locked goes first, also in front of those who were claimed before (L25). */
function isUrgent({ desired }: ClaimedLink): boolean {
  return desired.urgency === 'leaving';
}

async function planFor(link: ClaimedLink, view: LinkView<object>, context: AttemptContext): Promise<Plan<object>> {
  const { connector, call, signal } = context;
  const look = (): Promise<unknown> => connector.observe(view, link.desired, callOf(link, '', context));
  // Where nothing is ever confirmed nothing is read: a turn for it would cost half of the target's rate.
  const observation = connector.confirmable ? await call(look, signal, isUrgent(link)) : await look();
  return connector.plan({ desired: link.desired, link: view, observation, today: context.today() });
}

/** Stores intent and attempted picture; the two unique indexes decide whose account it is (L20). */
async function announcePlan(
  link: ClaimedLink,
  view: LinkView<object>,
  plan: Steps,
  context: AttemptContext,
): Promise<{ readonly failure: Failure; readonly waitingOn: string | null } | undefined> {
  const accountId = plan.accountId ?? link.accountId;
  try {
    const held = await context.announce({ link, attempted: withAttempt(link.attempted, plan.target), accountKey: view.accountKey, accountId });
    return held ? undefined : { failure: LEASE_GONE, waitingOn: null };
  } catch (error) {
    if (!context.isUniqueViolation(error)) throw error;
    return ownerFailure(link, { key: view.accountKey, id: accountId }, context.store);
  }
}

/** Whoever gave the account up before has nothing left to lose where it now belongs to another (L20). */
export function hasLeftAlready({ desired, owned }: ClaimedLink): boolean {
  return desired.presence === 'absent' && !owned;
}

/** The end of such an attempt: the target was not asked. */
export function leftAlready({ lastApplied, accountId }: ClaimedLink): Ending {
  return { kind: 'done', steps: [], picture: lastApplied ?? {}, accountId, owned: false, unasked: true };
}

/** An account was found that belongs to another person. */
function notTheirs(link: ClaimedLink, ending: Extract<Ending, { kind: 'failed' }>): Ending {
  return ending.waitingOn !== null && hasLeftAlready(link) ? leftAlready(link) : ending;
}

function hasAsked(ending: Ending): ending is Extract<Ending, { kind: 'done' | 'failed' }> {
  return ending.kind === 'failed' || (ending.kind === 'done' && ending.unasked !== true);
}

export const OWNER_CHANGED: Failure = { kind: 'transient', code: 'account-owner-changed', message: 'The account changed its owner just now; tried again.' };

/** What to do about an account that another link owns. */
export async function ownerFailure(
  link: ClaimedLink,
  account: { readonly key: string; readonly id: string | null },
  store: LinkStore,
): Promise<{ readonly failure: Failure; readonly waitingOn: string | null }> {
  const owner = await store.ownerOf(account, link.userId);
  if (!owner) return { failure: OWNER_CHANGED, waitingOn: null };
  return { failure: ownedByAnother(owner), waitingOn: owner.userId };
}

async function applySteps(link: ClaimedLink, view: LinkView<object>, plan: Steps, run: { readonly context: AttemptContext; readonly progress: Progress }): Promise<void> {
  const { context, progress } = run;
  for (const step of plan.steps) {
    if (!context.leaseHolds()) throw new ClassifiedError(LEASE_GONE);
    const id = wireId({ system: link.system, userId: link.userId, generation: link.generation, body: step.body, redrives: link.redrives });
    const known = progress.accountId === null ? view : { ...view, accountId: progress.accountId };
    progress.wrote = true;
    progress.call = { step: step.name, body: step.body };
    const result = await perform(step, known, { context, call: { ...callOf(link, id, context), shared: goesAlong(step, link, context) }, urgent: isUrgent(link) });
    if (isEcho(result)) progress.echoes += 1;
    progress.accountId = result.accountId ?? progress.accountId;
    progress.done.push(step.name);
  }
}

/** Whoever failed last time goes alone: whatever was wrong with the call, it is seen whose it is (L22). */
function goesAlong(step: Step, { attempt, inDoubt }: ClaimedLink, { sharesCall }: AttemptContext): boolean {
  return attempt === 0 && !inDoubt && sharesCall?.(step) === true;
}

function perform(step: Step, view: LinkView<object>, { context, call, urgent }: { readonly context: AttemptContext; readonly call: CallContext; readonly urgent: boolean }): Promise<StepResult> {
  const work = (): Promise<StepResult> => context.connector.apply(step, view, call);
  return call.shared === true ? work() : context.call(work, context.signal, urgent);
}

/** Steps, then memberships by what is done to them. */
function plannedNames({ steps, memberships = [] }: Steps): readonly string[] {
  return [...steps.map(({ name }) => name), ...memberships.map(stepOfMembership)];
}

export function stepOfMembership({ change }: Membership): string {
  return change === 'add' ? 'join-group' : 'leave-group';
}

/** Leaving a group is a loss of a role, counted before anything is written. */
function lossesOf({ steps, memberships = [] }: Steps): readonly Loss[] {
  const left = memberships.filter(({ change }) => change === 'remove');
  return [...steps.flatMap((step) => step.losses), ...left.map((): Loss => 'role')];
}

function finished(link: ClaimedLink, plan: Steps, progress: Progress): Ending {
  const gone = link.desired.presence === 'absent';
  const contacted = link.owned || progress.wrote || progress.accountId !== null;
  const memberships = plan.memberships?.length ? { memberships: plan.memberships } : {};
  return { kind: 'done', steps: progress.done, picture: plan.target, accountId: progress.accountId, owned: contacted && !gone, ...memberships, echoes: progress.echoes };
}

function failed(failure: Failure, progress: Progress, waitingOn: string | null = null): Extract<Ending, { kind: 'failed' }> {
  const { accountId, wrote, done, planned, picture, call, echoes, echo } = progress;
  return { kind: 'failed', failure, waitingOn, accountId, wrote, steps: done, planned, echoes, echo, ...(picture === undefined ? {} : { picture }), ...(call === undefined ? {} : { call }) };
}

function shadow(plan: Steps, context: AttemptContext): Ending {
  const show = (step: Step): object => ({ step: step.name, losses: step.losses, call: context.mask(step.body) });
  const members = (plan.memberships ?? []).map((membership) => ({ step: stepOfMembership(membership), losses: membership.change === 'remove' ? ['role'] : [], group: membership.group }));
  return { kind: 'shadow', plan: [...plan.steps.map(show), ...members], steps: plannedNames(plan) };
}
