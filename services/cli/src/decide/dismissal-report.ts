import type { DismissalResult } from '@rolebridge/contracts';
import { printable } from './table.ts';

/** PURE. Lines for `rolebridge dead-letters dismiss`; none when no service knows any of them. */
export function dismissalReport(dismissed: readonly string[], skipped: DismissalResult['skipped']): readonly string[] {
  return [...(dismissed.length > 0 ? [`Dismissed: ${dismissed.join(' ')}; what they are about stays as it is.`] : []), ...skipped.map(({ why, count }) => `Left alone ${count}: ${why}.`)].map(printable);
}
