import { ScimError } from '../message/scim-error.ts';
import type { Attribute } from '../schema/attribute.ts';
import { subAttributesOf } from '../schema/user-model.ts';
import type { UserModel } from '../schema/user-model.ts';
import type { BoundFilter, ElementFilter, Question } from './bound-filter.ts';
import type { Comparison, Filter } from './filter.ts';
import { findExtension, findFilterPlace, valuePlace } from './filter-place.ts';
import type { FilterPlace } from './filter-place.ts';
import { questionOf } from './question.ts';

/**
 * Resolves a filter against the schemas of one resource type.
 *
 * @param others resource types that are asked at the same time: an attribute that only they have has no value here
 * @throws ScimError `invalidFilter` for an unknown attribute, and for values that cannot be compared so
 */
export function bindFilter(filter: Filter, model: UserModel, others: readonly UserModel[] = []): BoundFilter {
  const bind = (part: Filter) => bindFilter(part, model, others);
  if ('filters' in filter) return { kind: filter.op, filters: filter.filters.map(bind) };
  if (filter.op === 'not') return { kind: 'not', filter: bind(filter.filter) };
  if (filter.op === 'value-path') return valuePathOf(filter, model, others);
  return leafOf(filter, model, others);
}

type Leaf = Extract<Filter, { readonly path: string; readonly op: Comparison | 'pr' }>;

function leafOf(leaf: Leaf, model: UserModel, others: readonly UserModel[]): BoundFilter {
  const extension = findExtension(leaf.path, model);
  if (extension && leaf.op === 'pr') return { kind: 'has-extension', urn: extension.id };
  const place = findFilterPlace(leaf.path, model);
  if (place) return askOf(leaf, place);
  return { kind: 'unknown', question: elsewhere(leaf, others) };
}

function askOf(leaf: Leaf, place: FilterPlace): BoundFilter {
  if (leaf.op === 'pr') return { kind: 'ask', place, question: { op: 'pr', attribute: place.sub ?? place.attribute } };
  const at = valuePlace(place);
  if (!at) throw ScimError.of('invalidFilter', `Attribute ${leaf.path} has parts; name one of them, for example ${leaf.path}.${place.attribute.subAttributes?.[0]?.name ?? 'value'}.`);
  return { kind: 'ask', place: at, question: questionOf(leaf.op, at.sub ?? at.attribute, leaf.value) };
}

function elsewhere(leaf: Leaf, others: readonly UserModel[]): Question {
  for (const other of others) {
    const bound = leafOf(leaf, other, []);
    if (bound.kind === 'ask') return bound.question;
  }
  throw ScimError.of('invalidFilter', `There is no attribute ${leaf.path} to filter by.`);
}

function valuePathOf({ path, filter }: Extract<Filter, { op: 'value-path' }>, model: UserModel, others: readonly UserModel[]): BoundFilter {
  const place = findFilterPlace(path, model);
  if (!place && others.some((other) => findFilterPlace(path, other))) return { kind: 'or', filters: [] };
  if (!place) throw ScimError.of('invalidFilter', `There is no attribute ${path} to filter by.`);
  if (!place.attribute.multiValued || place.sub) throw ScimError.of('invalidFilter', `Attribute ${path} has no list of values to look into with […].`);
  return { kind: 'some', place, filter: bindElementFilter(filter, place.attribute, 'invalidFilter') };
}

/**
 * Resolves what stands between `[` and `]`.
 *
 * @param problem what an unknown sub-attribute is called: `invalidPath` in a PATCH
 */
export function bindElementFilter(filter: Filter, attribute: Attribute, problem: 'invalidFilter' | 'invalidPath'): ElementFilter {
  const bind = (part: Filter) => bindElementFilter(part, attribute, problem);
  if ('filters' in filter) return { kind: filter.op, filters: filter.filters.map(bind) };
  if (filter.op === 'not') return { kind: 'not', filter: bind(filter.filter) };
  if (filter.op === 'value-path') throw ScimError.of(problem, `The filter inside ${attribute.name}[…] must not hold a further […].`);
  const sub = subAttributesOf(attribute).get(filter.path.toLowerCase());
  if (!sub) throw ScimError.of(problem, `Attribute ${attribute.name} has no sub-attribute ${filter.path}.`);
  return { kind: 'ask', question: filter.op === 'pr' ? { op: 'pr', attribute: sub } : questionOf(filter.op, sub, filter.value) };
}
