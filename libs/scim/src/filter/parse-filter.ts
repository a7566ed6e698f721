import { parse } from 'scim2-parse-filter';
import type { Filter as Parsed } from 'scim2-parse-filter';
import { ScimError } from '../message/scim-error.ts';
import type { Filter, FilterValue } from './filter.ts';
import { extractLiterals } from './literals.ts';

/** Longest filter, in UTF-16 code units. */
export const FILTER_MAX_LENGTH = 2048;
/** Deepest nesting of brackets, `not` included: bounds the recursion of the parser. */
export const FILTER_MAX_DEPTH = 16;

/** attrPath of RFC 7644 §3.4.2.2: an optional URN, a name, at most one sub-attribute. */
const ATTRIBUTE_PATH = /^(urn:[\w.:-]+:)?[A-Za-z$][\w$-]*(\.[A-Za-z$][\w$-]*)?$/i;

/**
 * Parses a filter (RFC 7644 §3.4.2.2).
 *
 * @throws ScimError `invalidFilter`
 */
export function parseFilter(filter: string): Filter {
  if (filter.length > FILTER_MAX_LENGTH) throw refuse(`is longer than ${FILTER_MAX_LENGTH} characters`);
  const { text, literals } = extractLiterals(filter);
  if (depthOf(text) > FILTER_MAX_DEPTH) throw refuse(`is nested deeper than ${FILTER_MAX_DEPTH}`);
  return convert(parseText(text), literals);
}

function parseText(text: string): Parsed {
  try {
    return parse(text);
  } catch {
    throw refuse('cannot be read; write for example userName eq "anna"');
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = (text.match(/\bnot\b/gi) ?? []).length;
  const nots = deepest;
  for (const character of text) {
    if (character === '(' || character === '[') depth += 1;
    if (character === ')' || character === ']') depth -= 1;
    deepest = Math.max(deepest, depth + nots);
  }
  return deepest;
}

function convert(parsed: Parsed, literals: readonly string[]): Filter {
  if ('filters' in parsed) return { op: parsed.op, filters: parsed.filters.map((filter) => convert(filter, literals)) };
  if (parsed.op === 'not') return { op: 'not', filter: convert(parsed.filter, literals) };
  const path = checkedPath(parsed.attrPath);
  if (parsed.op === '[]') return { op: 'value-path', path, filter: convert(parsed.valFilter, literals) };
  if (parsed.op === 'pr') return { op: 'pr', path };
  return { op: parsed.op, path, value: literal(parsed.compValue, literals) };
}

/** Strings in the parsed text are numbers of literals. */
function literal(value: FilterValue, literals: readonly string[]): FilterValue {
  return typeof value === 'string' ? (literals[Number(value)] ?? '') : value;
}

function checkedPath(path: string): string {
  if (!ATTRIBUTE_PATH.test(path)) throw refuse('names an attribute that cannot be');
  return path;
}

function refuse(problem: string): ScimError {
  return ScimError.of('invalidFilter', `The filter ${problem}.`);
}
