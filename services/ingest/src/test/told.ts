import { toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import type { DeliveredOutcome, EvaluatedOutcome, Outcome, OutgoingRecord } from '@rolebridge/contracts';

/** For tests: what role-mapping and connectors say became of a person. */

const AT = '2026-11-22T08:00:00.000Z';

export function evaluated(prefix: string, userId: string, more: Pick<EvaluatedOutcome, 'userGeneration' | 'systems'>): OutgoingRecord {
  return outcome(prefix, { stage: 'evaluated', userId, ruleSet: 1, at: AT, correlationId: 'c', ...more });
}

export function delivered(prefix: string, userId: string, more: Pick<DeliveredOutcome, 'userGeneration' | 'accountGeneration' | 'state'> & Partial<DeliveredOutcome>): OutgoingRecord {
  return outcome(prefix, { stage: 'delivered', userId, system: 'fieldglass', attempt: 0, confirmable: true, steps: [], at: AT, correlationId: 'c', ...more });
}

function outcome(prefix: string, value: Outcome): OutgoingRecord {
  const headers = toHeaders({ source: '/test', type: TOPICS.outcome.eventType, subject: value.userId, time: AT, correlationid: 'c' });
  return { topic: topicName('outcome', {}, prefix), key: value.userId, value: JSON.stringify(value), headers };
}
