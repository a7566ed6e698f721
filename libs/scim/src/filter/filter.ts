/** A filter of RFC 7644 §3.4.2.2 as a tree. Attribute paths are as written; look them up without case. */
export type Filter =
  | { readonly op: Comparison; readonly path: string; readonly value: FilterValue }
  | { readonly op: 'pr'; readonly path: string }
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: 'value-path'; readonly path: string; readonly filter: Filter };

export const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le'] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type FilterValue = string | number | boolean | null;
