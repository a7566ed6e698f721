import { accountMark, type DeliveredOutcome, type Failure, type FailureKind } from '@rolebridge/contracts';
import { type Patience, verdictOf } from '../decide/verdict.ts';
import type { Completion } from '../store/completion.ts';
import type { ClaimedLink } from '../store/link-store.ts';
import type { Ending } from './attempt.ts';

export interface JudgeContext {
  readonly confirmable: boolean;
  readonly settingsHash: string;
  readonly accountKey: string;
  readonly patience: Patience;
  /** Attempts count only while the breaker is closed (L25). */
  readonly counts: boolean;
  /** How late a paused process or a timed-out call may still write (L24), milliseconds. */
  readonly lateWriteMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export interface Judgement {
  readonly completion: Completion;
  readonly deadLetter: boolean;
}

type Common = Pick<Completion, 'link' | 'attempted' | 'sent' | 'accountKey' | 'accountId' | 'owned' | 'settingsHash' | 'waitingOn' | 'shadowPlan' | 'verifyInMs' | 'delayMs' | 'failure'>;

/** Kinds that say: this call had no effect. After any other the target may hold what was sent (L18). */
const SURELY_NOT_DONE: readonly FailureKind[] = ['transient', 'rejected', 'waiting', 'halting', 'malformed'];

const NEVER_DEAD = { deadLetter: false } as const;

/** PURE. Turns how an attempt ended into what is stored. */
export function judge(link: ClaimedLink, ending: Ending, context: JudgeContext): Judgement {
  const common: Common = {
    link,
    attempted: null,
    sent: sentIn(ending),
    accountKey: null,
    accountId: link.accountId,
    owned: link.owned,
    settingsHash: context.settingsHash,
    waitingOn: null,
    shadowPlan: null,
    verifyInMs: null,
    delayMs: 0,
    failure: null,
  };
  switch (ending.kind) {
    case 'done':
      return { ...NEVER_DEAD, completion: done(common, ending, context) };
    case 'failed':
      return failed(common, ending, context);
    case 'held':
      return { ...NEVER_DEAD, completion: { ...common, state: 'held', attempt: link.attempt, unsettled: false, failure: ending.failure } };
    case 'shadow':
      return { ...NEVER_DEAD, completion: { ...common, state: 'pending', attempt: 0, unsettled: false, shadowPlan: ending.plan } };
  }
}

/** Also what was surely refused: for a zombie it does no harm to name too much. */
function sentIn(ending: Ending): object | null {
  if (ending.kind === 'done') return ending.steps.length > 0 ? ending.picture : null;
  return ending.kind === 'failed' && ending.wrote ? (ending.picture ?? null) : null;
}

function done(common: Common, ending: Extract<Ending, { kind: 'done' }>, context: JudgeContext): Completion {
  const { link } = common;
  const wrote = ending.steps.length > 0;
  const written = context.confirmable ? 'applied' : 'accepted';
  const doubtful = link.takenOver || link.inDoubt;
  return {
    ...common,
    state: wrote ? written : stateWithoutSteps(link, context),
    applied: ending.picture,
    accountKey: ending.owned ? context.accountKey : null,
    accountId: ending.accountId,
    owned: ending.owned,
    attempt: 0,
    unsettled: wrote && !context.confirmable,
    verifyInMs: doubtful ? context.lateWriteMs : null,
  };
}

/** A one-way interface never confirms: what was accepted stays accepted although nothing had to be sent now (L19). */
function stateWithoutSteps(link: ClaimedLink, context: JudgeContext): 'accepted' | 'unchanged' {
  return !context.confirmable && link.owned ? 'accepted' : 'unchanged';
}

function failed(common: Common, ending: Extract<Ending, { kind: 'failed' }>, context: JudgeContext): Judgement {
  const { link } = common;
  const { attempt, waitingForMs } = link;
  const verdict = verdictOf({ failure: ending.failure, attempt, counts: context.counts, waitingForMs, random: context.random }, context.patience);
  const surelyNothing = SURELY_NOT_DONE.includes(ending.failure.kind) && ending.steps.length === 0;
  const perhaps = ending.wrote && !surelyNothing;
  return {
    deadLetter: verdict.deadLetter,
    completion: {
      ...common,
      state: verdict.state,
      accountKey: perhaps ? context.accountKey : null,
      accountId: perhaps ? ending.accountId : link.accountId,
      owned: link.owned || perhaps,
      attempted: perhaps ? null : link.attempted,
      attempt: verdict.attempt,
      delayMs: verdict.delayMs,
      unsettled: perhaps,
      failure: ending.failure,
      waitingOn: ending.waitingOn,
    },
  };
}

/** The outcome record of a stored completion. */
export function outcomeOf(completion: Completion, ending: Ending, facts: { readonly confirmable: boolean; readonly superseded: boolean; readonly at: string }): DeliveredOutcome {
  const { link } = completion;
  const key = completion.owned ? (completion.accountKey ?? link.accountKey) : null;
  const failure: Failure | null = completion.failure;
  return {
    stage: 'delivered',
    userId: link.userId,
    system: link.system,
    state: facts.superseded && completion.applied === undefined ? 'superseded' : completion.state,
    userGeneration: link.desired.userGeneration,
    accountGeneration: link.generation,
    attempt: completion.attempt,
    confirmable: facts.confirmable,
    steps: ending.kind === 'held' ? [] : ending.steps,
    account: key === null ? null : accountMark(link.system, key),
    at: facts.at,
    correlationId: link.desired.cause.correlationId,
    ...(failure === null ? {} : { failure }),
  };
}
