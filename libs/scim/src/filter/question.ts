import { ScimError } from '../message/scim-error.ts';
import type { Attribute } from '../schema/attribute.ts';
import { instantOf } from '../user/instant.ts';
import type { BoundValue, Question } from './bound-filter.ts';
import type { Comparison, FilterValue } from './filter.ts';
import { compareCodePoints, foldingOf } from './folding.ts';

const PARTS: ReadonlySet<Comparison> = new Set(['co', 'sw', 'ew']);
const EQUALITY: ReadonlySet<Comparison> = new Set(['eq', 'ne']);

/**
 * Checks and folds the value of a comparison.
 *
 * @throws ScimError `invalidFilter` when such values cannot be compared so (RFC 7644 §3.4.2.2, table 3)
 */
export function questionOf(op: Comparison, attribute: Attribute, value: FilterValue): Question {
  if (value === null) {
    if (!EQUALITY.has(op)) throw refuse(attribute, `can be compared with null by eq and ne only`);
    return { op, attribute, value, given: value };
  }
  return { op, attribute, value: boundValue(op, attribute, value), given: value };
}

function boundValue(op: Comparison, attribute: Attribute, value: FilterValue): BoundValue {
  switch (attribute.type) {
    case 'boolean':
      return flagOf(op, attribute, value);
    case 'dateTime':
      return momentOf(op, attribute, value);
    case 'binary':
    case 'complex':
    case 'integer':
    case 'reference':
    case 'string':
      return textOf(attribute, value);
  }
}

function flagOf(op: Comparison, attribute: Attribute, value: FilterValue): boolean {
  const plain = typeof value === 'string' ? value.toLowerCase() : value;
  if (!EQUALITY.has(op)) throw refuse(attribute, 'is true or false and knows eq, ne and pr only');
  if (plain === true || plain === 'true') return true;
  if (plain === false || plain === 'false') return false;
  throw refuse(attribute, 'is compared with true or false');
}

function momentOf(op: Comparison, attribute: Attribute, value: FilterValue): string {
  const moment = typeof value === 'string' ? instantOf(value) : undefined;
  if (PARTS.has(op)) throw refuse(attribute, 'is an instant and knows no co, sw and ew');
  if (moment === undefined) throw refuse(attribute, 'is compared with an instant like "2026-11-30T08:00:00Z"');
  return moment;
}

function textOf(attribute: Attribute, value: FilterValue): string {
  if (typeof value === 'string') return foldingOf(attribute)(value);
  if (attribute.takesNumbers && typeof value === 'number') return String(value);
  throw refuse(attribute, 'is compared with a text in quotes');
}

/** Whether a value, or its absence, answers the question with yes. */
export function answersTo(question: Question, held: unknown): boolean {
  if (question.op === 'pr') return held !== undefined && held !== null && held !== '';
  const comparable = comparableOf(question.attribute, held);
  if (question.op === 'eq') return comparable === question.value;
  if (question.op === 'ne') return comparable !== question.value;
  if (typeof comparable !== 'string' || typeof question.value !== 'string') return false;
  return compareTexts(question.op, comparable, question.value);
}

/** Whether the question is answered with yes where a multi-valued attribute has no values at all. */
export function answersNone(question: Question): boolean {
  if (question.op === 'eq') return question.value === null;
  return question.op === 'ne' && question.value !== null;
}

/** A missing mark, e.g. `primary`, counts as false. */
function comparableOf(attribute: Attribute, held: unknown): BoundValue {
  if (attribute.type === 'boolean') return held === true;
  if (typeof held !== 'string') return null;
  return attribute.type === 'dateTime' ? (instantOf(held) ?? null) : foldingOf(attribute)(held);
}

function compareTexts(op: Exclude<Comparison, 'eq' | 'ne'>, held: string, wanted: string): boolean {
  switch (op) {
    case 'co':
      return held.includes(wanted);
    case 'sw':
      return held.startsWith(wanted);
    case 'ew':
      return held.endsWith(wanted);
    case 'gt':
      return compareCodePoints(held, wanted) > 0;
    case 'ge':
      return compareCodePoints(held, wanted) >= 0;
    case 'lt':
      return compareCodePoints(held, wanted) < 0;
    case 'le':
      return compareCodePoints(held, wanted) <= 0;
  }
}

function refuse({ name }: Attribute, problem: string): ScimError {
  return ScimError.of('invalidFilter', `Attribute ${name} ${problem}.`);
}
