import { ScimError } from '../message/scim-error.ts';
import { COMPARISONS } from './filter.ts';
import type { Comparison, Filter, FilterValue } from './filter.ts';
import { tokensOf } from './tokens.ts';
import type { Token } from './tokens.ts';

/** Longest filter, in UTF-16 code units. */
export const FILTER_MAX_LENGTH = 2048;
/** Deepest nesting of brackets: bounds the recursion of everything that walks the tree. */
export const FILTER_MAX_DEPTH = 16;

export interface FilterOptions {
  /** Whether `userName sw O`, without quotes, is a text; some clients of the Entra family write so. */
  readonly bareTexts?: boolean;
}

/**
 * Parses a filter (RFC 7644 §3.4.2.2, figure 1). Names of operators are compared without case. One addition: `emails[type eq "work"].value
 * eq "x"`, which several servers of SAP know, asks for one value that fulfils both.
 *
 * @throws ScimError `invalidFilter`
 */
export function parseFilter(filter: string, options: FilterOptions = {}): Filter {
  if (filter.length > FILTER_MAX_LENGTH) throw refuse(`is longer than ${FILTER_MAX_LENGTH} characters`);
  const parser = new FilterParser(tokensOf(filter), options);
  return parser.whole();
}

/** attrPath: an optional URN, a name, at most one sub-attribute. */
const ATTRIBUTE_PATH = /^(urn:[\w.:-]+:)?[A-Za-z$][\w$-]*(\.[A-Za-z$][\w$-]*)?$/i;
const SUB_ATTRIBUTE = /^\.([A-Za-z$][\w$-]*)$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;
const KNOWN_WORDS: ReadonlyMap<string, FilterValue> = new Map([['true', true], ['false', false], ['null', null]]);

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #options: FilterOptions;
  #at = 0;
  #depth = 0;
  #insideValue = false;

  constructor(tokens: readonly Token[], options: FilterOptions) {
    this.#tokens = tokens;
    this.#options = options;
  }

  whole(): Filter {
    const filter = this.#alternatives();
    if (this.#at < this.#tokens.length) throw refuse('goes on where it should end');
    return filter;
  }

  /** `or` binds weaker than `and`. */
  #alternatives(): Filter {
    return this.#chain('or', () => this.#chain('and', () => this.#one()));
  }

  #chain(op: 'and' | 'or', next: () => Filter): Filter {
    const filters = [next()];
    while (this.#takeWord(op)) filters.push(next());
    const [first] = filters;
    return filters.length === 1 && first ? first : { op, filters };
  }

  #one(): Filter {
    if (this.#take('(')) return this.#closed(')');
    if (this.#peekWord() === 'not' && this.#tokens[this.#at + 1]?.kind === '(') {
      this.#at += 2;
      return { op: 'not', filter: this.#closed(')') };
    }
    return this.#about(this.#path());
  }

  #about(path: string): Filter {
    if (this.#take('[')) return this.#valuePath(path);
    const op = this.#word('an operator').toLowerCase();
    if (op === 'pr') return { op, path };
    return { op: comparisonOf(op), path, value: this.#value() };
  }

  #valuePath(path: string): Filter {
    if (this.#insideValue) throw refuse('has a […] inside a […]');
    this.#insideValue = true;
    const filter = this.#closed(']');
    this.#insideValue = false;
    const sub = SUB_ATTRIBUTE.exec(this.#peekWord() ?? '')?.[1];
    if (sub === undefined) return { op: 'value-path', path, filter };
    this.#at += 1;
    return { op: 'value-path', path, filter: { op: 'and', filters: [filter, this.#about(sub)] } };
  }

  #closed(bracket: ')' | ']'): Filter {
    this.#depth += 1;
    if (this.#depth > FILTER_MAX_DEPTH) throw refuse(`is nested deeper than ${FILTER_MAX_DEPTH}`);
    const filter = this.#alternatives();
    if (!this.#take(bracket)) throw refuse(`misses a ${bracket}`);
    this.#depth -= 1;
    return filter;
  }

  #path(): string {
    const path = this.#word('an attribute');
    if (!ATTRIBUTE_PATH.test(path)) throw refuse('names an attribute that cannot be');
    return path;
  }

  #value(): FilterValue {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    if (token?.kind === 'text') return token.text;
    if (token?.kind !== 'word') throw refuse('misses a value');
    return this.#bareValue(token.text);
  }

  #bareValue(word: string): FilterValue {
    const known = KNOWN_WORDS.get(this.#options.bareTexts ? word.toLowerCase() : word);
    if (known !== undefined) return known;
    if (NUMBER.test(word)) return Number(word);
    if (this.#options.bareTexts && word.isWellFormed() && !word.includes('\u0000')) return word;
    throw refuse('has a text without quotes; write for example userName eq "anna"');
  }

  #word(what: string): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') throw refuse(`misses ${what}; write for example userName eq "anna"`);
    this.#at += 1;
    return token.text;
  }

  #peekWord(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.kind === 'word' ? token.text.toLowerCase() : undefined;
  }

  #takeWord(word: string): boolean {
    if (this.#peekWord() !== word) return false;
    this.#at += 1;
    return true;
  }

  #take(kind: Token['kind']): boolean {
    if (this.#tokens[this.#at]?.kind !== kind) return false;
    this.#at += 1;
    return true;
  }
}

function comparisonOf(op: string): Comparison {
  const found = COMPARISONS.find((comparison) => comparison === op);
  if (!found) throw refuse('has an unknown operator; there are eq, ne, co, sw, ew, pr, gt, ge, lt, le');
  return found;
}

function refuse(problem: string): ScimError {
  return ScimError.of('invalidFilter', `The filter ${problem}.`);
}
