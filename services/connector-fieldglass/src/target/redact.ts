import { redactText } from '@rolebridge/observability';

const MAX_LENGTH = 300;
const HIDDEN = '…';

/**
 * A text of the target that may go into errors and logs: without the given texts, credentials, e-mail addresses and control characters, on one
 * line, cut to a readable length.
 */
export function redacted(text: string, sensitive: readonly string[]): string {
  if (text === '') return '';
  const longestFirst = [...sensitive].filter((item) => item.trim() !== '').sort((left, right) => right.length - left.length);
  const hidden = longestFirst.reduce((rest, item) => rest.replaceAll(whole(item), HIDDEN), text);
  const line = redactText(hidden).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** The text as a word of its own, whatever its case: hiding "Li" must not tear "client" apart. */
function whole(text: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'giu');
}
