import type { Attribute } from '../schema/attribute.ts';
import type { Comparison, FilterValue } from './filter.ts';
import type { FilterPlace } from './filter-place.ts';

/** A value in the form in which it is compared: texts folded, instants in UTC with milliseconds. */
export type BoundValue = string | boolean | null;

/** One question to one value: `eq "x"`, `pr`. `attribute` says how values are compared. */
export type Question =
  | { readonly op: Comparison; readonly attribute: Attribute; readonly value: BoundValue; /** As written. */ readonly given: FilterValue }
  | { readonly op: 'pr'; readonly attribute: Attribute };

/**
 * A filter whose paths are resolved against the schemas and whose values are checked and folded. Every question has the answer yes or no:
 * a value that is missing is `null`, which is unequal to every text, and neither smaller nor greater.
 */
export type BoundFilter =
  | { readonly kind: 'ask'; readonly place: FilterPlace; readonly question: Question }
  | { readonly kind: 'has-extension'; readonly urn: string }
  | { readonly kind: 'some'; readonly place: FilterPlace; readonly filter: ElementFilter }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly BoundFilter[] }
  | { readonly kind: 'not'; readonly filter: BoundFilter }
  /** The resource type does not have the attribute, other types asked at once do (RFC 7644 §3.4.2.1). */
  | { readonly kind: 'unknown'; readonly question: Question };

/** A filter over one value of a multi-valued attribute. */
export type ElementFilter =
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly ElementFilter[] }
  | { readonly kind: 'not'; readonly filter: ElementFilter };
