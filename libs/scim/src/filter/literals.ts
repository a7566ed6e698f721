import { ScimError } from '../message/scim-error.ts';

/** A filter text whose string literals are replaced by their number, and the strings themselves. */
export interface Extracted {
  readonly text: string;
  readonly literals: readonly string[];
}

const LITERAL = /"(?:[^"\\]|\\.)*"/gs;
const DANGLING = /"/;

/**
 * Takes the string literals out of a filter and decodes them as JSON strings, as RFC 7644 §3.4.2.2 demands.
 * The parser library keeps `\n` and `\u00e9` as written and stumbles over a backslash before the closing quote.
 *
 * @throws ScimError `invalidFilter` for a string that does not end or is no JSON
 */
export function extractLiterals(filter: string): Extracted {
  const literals: string[] = [];
  const text = filter.replace(LITERAL, (literal) => {
    literals.push(decode(literal));
    return `"${literals.length - 1}"`;
  });
  if (DANGLING.test(text.replace(/"\d+"/g, ''))) throw ScimError.of('invalidFilter', 'The filter has a text without closing quote.');
  return { text, literals };
}

function decode(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    throw ScimError.of('invalidFilter', 'The filter has a text that is not written as a JSON string.');
  }
}
