import { URN } from '../schema/urns.ts';

export interface ListResponse<Resource> {
  readonly schemas: readonly [typeof URN.listResponse];
  readonly totalResults: number;
  readonly startIndex: number;
  /** Number of resources on this page (RFC 7644 §3.4.2). */
  readonly itemsPerPage: number;
  readonly Resources: readonly Resource[];
}

export function listResponse<Resource>(resources: readonly Resource[], totalResults: number, startIndex: number): ListResponse<Resource> {
  return { schemas: [URN.listResponse], totalResults, startIndex, itemsPerPage: resources.length, Resources: resources };
}
