import type { OpenErasures } from '@rolebridge/contracts';
import { printable, relative, table } from './table.ts';

const COLUMNS = [{ title: 'PLACE' }, { title: 'USER' }, { title: 'SINCE' }, { title: 'STATE' }, { title: 'BECAUSE' }];

/** PURE. Lines for `rolebridge erasures`: who is not erased where, and what to do about it. */
export function erasureReport({ erasures, total }: OpenErasures, nowMs: number): readonly string[] {
  if (total === 0) return ['Nothing is open: of everybody who was erased no personal data is left.'];
  const rows = erasures.map(({ place, userId, since, state, failure }) => [place, userId, relative(since, nowMs), state, failure ? `${failure.code}: ${failure.message}` : whyOf(state)]);
  const more = erasures.length < total ? ` The first ${erasures.length} of ${total} are listed; --limit shows more.` : '';
  return [
    ...table(COLUMNS, rows),
    '',
    `Each keeps what its account is ended with until that is done.${more}`,
    'Mend the cause, then: rolebridge redrive <user> --system <place> --reason "…"; what the brake holds: rolebridge brake list.',
    'Where an account cannot be ended: rolebridge erasures accept <user> --system <place> --reason "…"',
  ];
}

function whyOf(state: string): string {
  return state === 'held' ? 'the brake holds it' : 'under way';
}

/** PURE. */
export function erasedReport(user: string): readonly string[] {
  return [`Erased: ${user} is forgotten at the front door; accounts that are still open are ended first. rolebridge erasures shows them.`].map(printable);
}

/** PURE. */
export function givenUpReport(user: string, system: string): readonly string[] {
  return [`Given up: nothing is kept of ${user} at ${system}; the account itself is left as it is there.`].map(printable);
}
