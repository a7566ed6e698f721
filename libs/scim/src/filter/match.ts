import { isObject } from '../user/read-value.ts';
import type { JsonObject } from '../user/read-value.ts';
import type { BoundFilter, ElementFilter } from './bound-filter.ts';
import type { FilterPlace } from './filter-place.ts';
import { answersNone, answersTo } from './question.ts';

/** Whether a resource, as it is answered (with `schemas`, `id` and `meta`), matches a filter: what the database must say too. */
export function matchesResource(filter: BoundFilter, resource: JsonObject): boolean {
  const matches = (part: BoundFilter) => matchesResource(part, resource);
  if ('filters' in filter) return filter.kind === 'and' ? filter.filters.every(matches) : filter.filters.some(matches);
  switch (filter.kind) {
    case 'not':
      return !matchesResource(filter.filter, resource);
    case 'has-extension':
      return resource[filter.urn] !== undefined;
    case 'some':
      return elementsAt(resource, filter.place).some((element) => matchesElement(filter.filter, element));
    case 'ask':
      return asked(filter, resource);
    case 'unknown':
      return answersNone(filter.question);
  }
}

/** Whether one value of a multi-valued attribute matches what stands between `[` and `]`. */
export function matchesElement(filter: ElementFilter, element: unknown): boolean {
  if ('filters' in filter) return filter.kind === 'and' ? filter.filters.every((part) => matchesElement(part, element)) : filter.filters.some((part) => matchesElement(part, element));
  if (filter.kind === 'not') return !matchesElement(filter.filter, element);
  return answersTo(filter.question, memberOf(element, filter.question.attribute.name));
}

function asked({ place, question }: Extract<BoundFilter, { kind: 'ask' }>, resource: JsonObject): boolean {
  const { attribute, sub } = place;
  const held = holderOf(resource, place)?.[attribute.name];
  if (!attribute.multiValued) return answersTo(question, sub ? memberOf(held, sub.name) : held);
  const elements = elementsAt(resource, place);
  if (elements.length === 0) return answersNone(question);
  return elements.some((element) => answersTo(question, sub ? memberOf(element, sub.name) : element));
}

function elementsAt(resource: JsonObject, place: FilterPlace): readonly unknown[] {
  const held = holderOf(resource, place)?.[place.attribute.name];
  return Array.isArray(held) ? held : [];
}

function holderOf(resource: JsonObject, { urn }: FilterPlace): JsonObject | undefined {
  if (urn === undefined) return resource;
  const extension = resource[urn];
  return isObject(extension) ? extension : undefined;
}

/** The values of `schemas` are texts; everywhere else a value is an object. */
function memberOf(value: unknown, name: string): unknown {
  if (isObject(value)) return value[name];
  return name === 'value' ? value : undefined;
}
