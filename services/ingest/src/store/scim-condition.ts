import { answersNone } from '@rolebridge/scim';
import type { BoundFilter, ElementFilter, FilterPlace, Question } from '@rolebridge/scim';
import type { Parameters } from './scim-parameters.ts';

/**
 * A value as SQL. `text`: as stored; `folded`: without case already; `instant`: timestamptz; `uuid`; `flag`: the text true or false; missing counts as false.
 * The expression comes from our schemas and tables, never from a request.
 */
export interface SqlValue {
  readonly sql: string;
  readonly as: 'text' | 'folded' | 'instant' | 'uuid' | 'flag';
  /** Set for a column of the table, whose comparisons are written so that an index over it can serve. */
  readonly column?: 'required' | 'optional';
}

/** How the attributes of one resource type are reached in its table. */
export interface ScimColumns {
  /** An attribute with one value, or a part of it. `present`: whether it is assigned. */
  single(place: FilterPlace): SqlValue;
  present(place: FilterPlace): string;
  /** The values of a multi-valued attribute: an item for `from`, and what is in one of them. */
  list(place: FilterPlace, alias: string): { readonly from: string; readonly member: (name: string, question: Question) => SqlValue };
  hasExtension(urn: string): string;
  /** A question to a list that its table can answer by index, looked at from the other side. */
  shortcut?(place: FilterPlace, question: Question, parameters: Parameters): string | undefined;
}

/** A filter as a condition. Everything that a caller wrote becomes a parameter. */
export function conditionOf(filter: BoundFilter, columns: ScimColumns, parameters: Parameters): string {
  return new ConditionWriter(columns, parameters).condition(filter);
}

type Ask = Extract<BoundFilter, { kind: 'ask' }>;

class ConditionWriter {
  readonly #columns: ScimColumns;
  readonly #parameters: Parameters;
  #aliases = 0;

  constructor(columns: ScimColumns, parameters: Parameters) {
    this.#columns = columns;
    this.#parameters = parameters;
  }

  condition(filter: BoundFilter): string {
    if ('filters' in filter) return joined(filter.kind, filter.filters.map((part) => this.condition(part)));
    switch (filter.kind) {
      case 'not':
        return `not ${this.condition(filter.filter)}`;
      case 'has-extension':
        return this.#columns.hasExtension(filter.urn);
      case 'unknown':
        return String(answersNone(filter.question));
      case 'some':
        return this.#some(filter.place, (member) => this.#element(filter.filter, member));
      case 'ask':
        return filter.place.attribute.multiValued ? this.#askList(filter) : this.#askSingle(filter);
    }
  }

  #askSingle({ place, question }: Ask): string {
    if (question.op === 'pr') return this.#columns.present(place);
    return this.#answer(question, this.#columns.single(place));
  }

  #askList({ place, question }: Ask): string {
    const shortcut = this.#columns.shortcut?.(place, question, this.#parameters);
    if (shortcut !== undefined) return shortcut;
    if (question.op === 'pr' && !place.sub) return this.#some(place, () => 'true');
    const some = this.#some(place, (member) => this.#answer(question, member(place.sub?.name ?? 'value', question)));
    if (!answersNone(question)) return some;
    return `(${some} or not ${this.#some(place, () => 'true')})`;
  }

  #some(place: FilterPlace, condition: (member: (name: string, question: Question) => SqlValue) => string): string {
    this.#aliases += 1;
    const { from, member } = this.#columns.list(place, `e${this.#aliases}`);
    return `exists (select from ${from} where ${condition(member)})`;
  }

  #element(filter: ElementFilter, member: (name: string, question: Question) => SqlValue): string {
    if ('filters' in filter) return joined(filter.kind, filter.filters.map((part) => this.#element(part, member)));
    if (filter.kind === 'not') return `not ${this.#element(filter.filter, member)}`;
    return this.#answer(filter.question, member(filter.question.attribute.name, filter.question));
  }

  /** The answer is true or false, never null, so that `not` turns it round. */
  #answer(question: Question, value: SqlValue): string {
    if (question.op === 'pr') return isAssigned(value);
    if (question.value === null) return nullAnswer(question.op, value);
    return this.#comparison(question, question.value, value);
  }

  #comparison({ op, attribute }: Compared, wanted: string | boolean, value: SqlValue): string {
    const { sql, as } = value;
    switch (as) {
      case 'flag':
        return `((${sql} is not distinct from 'true') ${op === 'eq' ? '=' : '<>'} ${this.#parameters.add(wanted === true, 'boolean')})`;
      case 'instant':
        return certain(op, value, compared(op, sql, this.#parameters.add(wanted, 'timestamptz')));
      case 'uuid':
        return this.#uuidAnswer(op, sql, String(wanted));
      case 'text':
        return certain(op, value, textAnswer(op, attribute.caseExact ? sql : `scim_fold(${sql})`, this.#parameters.add(wanted, 'text')));
      case 'folded':
        return certain(op, value, textAnswer(op, `${sql} collate "C"`, this.#parameters.add(wanted, 'text')));
    }
  }

  #uuidAnswer(op: Comparison, sql: string, value: string): string {
    if (op === 'eq') return UUID.test(value) ? `(${sql} = ${this.#parameters.add(value, 'uuid')})` : 'false';
    return textAnswer(op, `${sql}::text`, this.#parameters.add(value, 'text'));
  }
}

type Compared = Exclude<Question, { readonly op: 'pr' }>;
type Comparison = Compared['op'];

/** As the server writes them; ids are compared with case. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function joined(word: 'and' | 'or', parts: readonly string[]): string {
  return parts.length === 0 ? String(word === 'and') : `(${parts.join(` ${word} `)})`;
}

/** Whether a value is there; an empty text is none (RFC 7643 §2.5). */
export function isAssigned({ sql, as }: SqlValue): string {
  return as === 'text' || as === 'folded' ? `coalesce(${sql} <> '', false)` : `(${sql} is not null)`;
}

function nullAnswer(op: Comparison, { sql, as }: SqlValue): string {
  if (as === 'flag') return String(op === 'ne');
  return op === 'eq' ? `(${sql} is null)` : `(${sql} is not null)`;
}

const SIGNS: Readonly<Partial<Record<Comparison, string>>> = { ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };

/** A missing value is unequal to everything, and answers every other question with no. */
function certain(op: Comparison, { sql, column }: SqlValue, answer: string): string {
  if (column === 'required') return answer;
  if (op === 'ne') return `coalesce(${answer}, true)`;
  return column === 'optional' ? `(${answer} and ${sql} is not null)` : `coalesce(${answer}, false)`;
}

function compared(op: Comparison, left: string, right: string): string {
  return `(${left} ${SIGNS[op] ?? '='} ${right})`;
}

function textAnswer(op: Comparison, left: string, right: string): string {
  if (op === 'co') return `(strpos(${left}, ${right}) > 0)`;
  if (op === 'sw') return `starts_with(${left} collate "C", ${right})`;
  if (op === 'ew') return `(right(${left}, length(${right})) = ${right})`;
  return op === 'eq' ? `(${left} = ${right})` : compared(op, `${left} collate "C"`, right);
}
