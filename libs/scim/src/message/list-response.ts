import { URN } from '../schema/urns.ts';

export interface ListResponse<Resource> {
  readonly schemas: readonly [typeof URN.listResponse];
  readonly totalResults: number;
  /** Missing where pages are asked for by cursor. */
  readonly startIndex?: number;
  /** Number of resources on this page (RFC 7644 §3.4.2). */
  readonly itemsPerPage: number;
  /** Where the next page begins, when pages are asked for by cursor (RFC 9865 §2). */
  readonly nextCursor?: string;
  readonly Resources: readonly Resource[];
}

/** @param page `startIndex`, or that pages are asked for by cursor */
export function listResponse<Resource>(resources: readonly Resource[], totalResults: number, page: number | { readonly nextCursor?: string }): ListResponse<Resource> {
  const position = typeof page === 'number' ? { startIndex: page } : page;
  return { schemas: [URN.listResponse], totalResults, ...position, itemsPerPage: resources.length, Resources: resources };
}
