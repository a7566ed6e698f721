import { type BreakerState, DEAD_STATES, type SystemStatus } from '@rolebridge/contracts';
import { frontNotes, type FrontStatus } from './front-report.ts';
import { outboxNotes } from './outbox-notes.ts';
import type { OutboxOf } from './outbox-report.ts';
import { duration, printable, relative, table } from './table.ts';

/** One system of the landscape: what its connector says, or why it says nothing. */
export type SystemAnswer = { readonly system: string; readonly status: SystemStatus } | { readonly system: string; readonly problem: string };

/** What needs somebody and stands in no row of a system. */
export interface BesideSystems {
  readonly front: readonly FrontStatus[];
  /** Of all services that answered. */
  readonly outboxes: readonly OutboxOf[];
}

const NUMBERS = ['BACKLOG', 'OLDEST', 'WAITING', 'HELD', 'DEAD'];
const COLUMNS = ['SYSTEM', 'KIND', 'MODE', 'BREAKER', ...NUMBERS, 'LAST SUCCESS'].map((title) => ({ title, right: NUMBERS.includes(title) }));

/** PURE. Lines for `rolebridge status`: a row per system, below it what needs somebody. */
export function systemReport(answers: readonly SystemAnswer[], { front, outboxes }: BesideSystems, nowMs: number): readonly string[] {
  const waiting = outboxes.flatMap((outbox) => outboxNotes(outbox, nowMs)).map(printable);
  const notes = [...front.flatMap(frontNotes), ...waiting, ...answers.flatMap((answer) => ('status' in answer ? notesOf(answer.status) : []))];
  return [...table(COLUMNS, answers.map((answer) => rowOf(answer, nowMs))), ...(notes.length > 0 ? ['', ...notes] : [])];
}

function rowOf(answer: SystemAnswer, nowMs: number): readonly string[] {
  if (!('status' in answer)) return [answer.system, '?', '?', 'no answer', '?', '?', '?', '?', '?', '?'];
  const { system, kind, mode, breaker, backlog, oldestPendingSeconds, states, lastSuccessAt } = answer.status;
  const oldest = oldestPendingSeconds === null ? '—' : duration(oldestPendingSeconds);
  return [system, kind, mode, breaker, String(backlog), oldest, String(states.waiting), String(states.held), String(deadOf(answer.status)), relative(lastSuccessAt, nowMs)];
}

/** What a breaker that is not closed means for who waits behind it. */
export const BREAKER_MEANS: Readonly<Record<Exclude<BreakerState, 'closed'>, string>> = {
  open: 'so everybody waits; the system is tried again by itself',
  'half-open': 'so a few are tried and the others wait',
  halted: 'so everybody waits and nobody is buried; it goes on by itself once this is mended',
};

function notesOf(status: SystemStatus): readonly string[] {
  const { system, breaker, breakerReason = 'no reason given', mode, states } = status;
  const dead = deadOf(status);
  return [
    ...(breaker === 'closed' ? [] : [`${system}: the breaker is ${breaker}, ${BREAKER_MEANS[breaker]}: ${breakerReason}`]),
    ...(mode === 'shadow' ? [`${system}: in shadow mode nothing is sent; set mode: active in the landscape file to send.`] : []),
    ...(states.waiting > 0 ? [`${system}: ${states.waiting} wait for something else to be there first; looked at again by itself, rolebridge status <user> tells for what.`] : []),
    ...(states.held > 0 ? [`${system}: ${states.held} held back by the brake: rolebridge brake list --system ${system}`] : []),
    ...(dead > 0 ? [`${system}: ${dead} dead: rolebridge dead-letters list --target ${system}; --all shows those dismissed, too`] : []),
  ].map(printable);
}

function deadOf({ states }: SystemStatus): number {
  return DEAD_STATES.reduce((sum, state) => sum + states[state], 0);
}
