import type { Cause, DeliveredOutcome, DesiredAccount, EvaluatedOutcome, Failure, Generation, IdentityUser, OutgoingRecord, SystemName } from '@rolebridge/contracts';
import { GENERATION_HEADER, TOPICS, toHeaders, topicName } from '@rolebridge/contracts';
import type { Letter } from '@rolebridge/persistence';

import { NO_ACCOUNT } from './assign.ts';
import type { Assigned, Refusal } from './assign.ts';

export const CONSUMER = 'role-mapping';
const SOURCE = `/rolebridge/${CONSUMER}`;

/** What every record of one decision is written with. */
export interface Writing {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
}

/** The wish for the connector. `value` is the account as JSON. The event's id names the fact, so a repetition has the same one. */
export function desiredAccountRecord(account: DesiredAccount, value: string, { at, topicPrefix }: Writing): OutgoingRecord {
  return {
    topic: topicName('desiredAccount', { system: account.system }, topicPrefix),
    key: account.userId,
    value,
    headers: toHeaders({
      id: `desired-account/${account.system}/${account.userId}/${account.generation}`,
      source: SOURCE,
      type: TOPICS.desiredAccount.eventType,
      subject: account.userId,
      time: at,
      correlationid: account.cause.correlationId,
    }),
  };
}

/** Written a good day after the last wish of an erased person: only a later record closes the segment in which the older wishes stand (L30). */
export function erasedTombstone(erased: Pick<DesiredAccount, 'system' | 'userId' | 'generation'> & { readonly correlationId: string }, { at, topicPrefix }: Pick<Writing, 'at' | 'topicPrefix'>): OutgoingRecord {
  const { system, userId, generation, correlationId } = erased;
  const id = `desired-account/${system}/${userId}/${generation}/tombstone`;
  const headers = toHeaders({ id, source: SOURCE, type: TOPICS.desiredAccount.eventType, subject: userId, time: at, correlationid: correlationId });
  return { topic: topicName('desiredAccount', { system }, topicPrefix), key: userId, value: null, headers: { ...headers, [GENERATION_HEADER]: String(generation) } };
}

/** Says that this generation of the person was judged, and which account generations cover it (L15). */
export function evaluatedRecord(user: IdentityUser, assigned: Assigned, context: Writing & { readonly ruleSet: number; readonly cause: Cause }): OutgoingRecord {
  const outcome: EvaluatedOutcome = {
    stage: 'evaluated',
    userId: user.id,
    userGeneration: user.generation,
    ruleSet: context.ruleSet,
    systems: assigned.covering,
    at: context.at,
    correlationId: context.cause.correlationId,
  };
  return outcomeRecord(outcome, `evaluated/${user.id}/${user.generation}/${context.ruleSet}/${context.at}`, context);
}

/** Says that no account could be wished for in one system; whoever waits for it is answered at once (L15). */
export function refusedRecord(user: IdentityUser, { system, failure, generation }: Refusal, context: Writing & { readonly cause: Cause }): OutgoingRecord {
  return notDelivered(user, { system, failure, generation, state: 'rejected' }, context);
}

/** Says that the brake over all systems holds back what this person would lose in one system; whoever waits for it is answered at once (L15, L26). */
export function heldRecord(user: IdentityUser, { system, generation }: { readonly system: SystemName; readonly generation: Generation | null }, context: Writing & { readonly cause: Cause }): OutgoingRecord {
  return notDelivered(user, { system, failure: HELD, generation: generation ?? NO_ACCOUNT, state: 'held' }, context);
}

const HELD: Failure = {
  kind: 'waiting',
  code: 'brake',
  message: 'More people would lose an account or a role in a short time than the brake over all systems lets through.',
  waitingFor: 'approval by an operator',
};

function notDelivered(user: IdentityUser, { system, failure, generation, state }: Refusal & { readonly state: 'rejected' | 'held' }, context: Writing & { readonly cause: Cause }): OutgoingRecord {
  const outcome: DeliveredOutcome = {
    stage: 'delivered',
    userId: user.id,
    system,
    state,
    userGeneration: user.generation,
    accountGeneration: generation,
    attempt: 0,
    confirmable: true,
    steps: [],
    failure,
    at: context.at,
    correlationId: context.cause.correlationId,
  };
  const word = state === 'held' ? 'held' : 'refused';
  return outcomeRecord(outcome, `${word}/${system}/${user.id}/${user.generation}/${context.at}`, context);
}

/** For operators: this person cannot be judged (in one system), which needs somebody at the source or at the rules. */
export function judgingDeadLetter(user: IdentityUser, { system, failure }: Pick<Refusal, 'failure'> & { readonly system?: SystemName }, { at, topicPrefix, serviceVersion, cause }: Writing & { readonly cause: Cause }): Letter {
  return {
    consumer: CONSUMER,
    prefix: topicPrefix,
    original: { topic: topicName('user', {}, topicPrefix), key: user.id, value: JSON.stringify(user) },
    failure,
    attempts: 1,
    firstFailureAt: at,
    at,
    correlationId: cause.correlationId,
    serviceVersion,
    userId: user.id,
    generation: user.generation,
    ...(system === undefined ? {} : { system }),
  };
}

function outcomeRecord(outcome: EvaluatedOutcome | DeliveredOutcome, id: string, { at, topicPrefix }: Writing): OutgoingRecord {
  return {
    topic: topicName('outcome', {}, topicPrefix),
    key: outcome.userId,
    value: JSON.stringify(outcome),
    headers: toHeaders({ id, source: SOURCE, type: TOPICS.outcome.eventType, subject: outcome.userId, time: at, correlationid: outcome.correlationId }),
  };
}
