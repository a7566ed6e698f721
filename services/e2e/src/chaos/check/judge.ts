import type { Oracle } from '../stories/oracle.ts';
import type { Evidence, Verdict } from './evidence.ts';
import { checkFinalState, checkOwnership } from './final-state.ts';
import { checkDeadLetters, checkNobodyForgotten, checkQueues } from './leftovers.ts';
import { checkNumbers, checkOrder, checkTopics } from './order.ts';

/** PURE. Every checker, on everything that was seen. */
export function judgeRun(oracle: Oracle, evidence: Evidence): Verdict {
  const order = checkOrder(evidence);
  return {
    notes: order.notes,
    findings: [
      ...checkQueues(evidence),
      ...checkNobodyForgotten(oracle, evidence),
      ...checkFinalState(oracle, evidence),
      ...checkOwnership(evidence),
      ...order.findings,
      ...checkNumbers(evidence),
      ...checkTopics(evidence),
      ...checkDeadLetters(oracle, evidence),
    ],
  };
}
