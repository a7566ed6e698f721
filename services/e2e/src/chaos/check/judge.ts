import type { Oracle } from '../stories/oracle.ts';
import type { Evidence, Verdict } from './evidence.ts';
import { checkFinalState, checkMonitoring, checkOwnership } from './final-state.ts';
import { checkGroups, checkLists } from './groups.ts';
import { checkDeadLetters, checkNobodyForgotten, checkQueues, checkReplay } from './leftovers.ts';
import { checkNumbers, checkOneAtATime, checkOrder, checkOutcomes, checkTopics } from './order.ts';

/** PURE. Every checker, on everything that was seen. */
export function judgeRun(oracle: Oracle, evidence: Evidence): Verdict {
  const [state, order, lists] = [checkFinalState(oracle, evidence), checkOrder(evidence), checkLists(evidence)];
  return {
    notes: [...order.notes, ...lists.notes, ...state.notes],
    findings: [
      ...checkQueues(evidence),
      ...checkNobodyForgotten(oracle, evidence),
      ...state.findings,
      ...checkMonitoring(evidence),
      ...checkOwnership(evidence),
      ...order.findings,
      ...checkNumbers(evidence),
      ...lists.findings,
      ...checkGroups(oracle, evidence),
      ...checkOneAtATime(evidence),
      ...checkTopics(evidence),
      ...checkOutcomes(evidence),
      ...checkDeadLetters(oracle, evidence),
      ...checkReplay(evidence),
    ],
  };
}
