import { isObject, readProjection, ScimError, URN } from '@rolebridge/scim';
import type { ListResponse, Projection } from '@rolebridge/scim';
import type { DialectRules } from './scim-dialect.ts';

/** Most resources on one page. */
export const MAX_PAGE = 200;
/** Page size when the caller names none; what SAP's Identity Authentication uses. */
export const DEFAULT_PAGE = 100;

/** What a list or a search asks for (RFC 7644 §3.4.2, §3.4.3; RFC 9865 for cursors). */
export interface ListQuery {
  readonly filter?: string;
  readonly sortBy?: string;
  readonly descending: boolean;
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
  /** Empty: the first page of those that are asked for by cursor. */
  readonly cursor?: string;
  readonly projection: Projection;
}

/** @throws ScimError `invalidValue` for a number that is none, and for an unknown order */
export function readListQuery(query: unknown): ListQuery {
  return readQuery((name) => parameter(query, name));
}

/** @throws ScimError `invalidSyntax` for a body that is no SearchRequest, else as {@link readListQuery} */
export function readSearchRequest(body: unknown): ListQuery {
  if (!isObject(body)) throw ScimError.of('invalidSyntax', 'The body must be a JSON object with a SCIM SearchRequest.');
  const { schemas } = body;
  const named = Array.isArray(schemas) && schemas.some((urn) => typeof urn === 'string' && urn.toLowerCase() === URN.searchRequest.toLowerCase());
  if (!named) throw ScimError.of('invalidSyntax', `schemas must hold ${URN.searchRequest}.`);
  return readQuery((name) => memberText(body[name], name));
}

type Read = (name: string) => string | undefined;

function readQuery(read: Read): ListQuery {
  const filter = read('filter');
  const sortBy = read('sortBy');
  const cursor = read('cursor');
  return {
    ...(filter !== undefined && { filter }),
    ...(sortBy !== undefined && sortBy !== '' && { sortBy }),
    descending: isDescending(read('sortOrder')),
    startIndex: Math.max(1, numberOf(read, 'startIndex') ?? 1),
    count: Math.min(MAX_PAGE, Math.max(0, numberOf(read, 'count') ?? DEFAULT_PAGE)),
    ...(cursor !== undefined && { cursor }),
    projection: readProjection(read('attributes'), read('excludedAttributes')),
  };
}

export function projectionOf(query: unknown): Projection {
  return readProjection(parameter(query, 'attributes'), parameter(query, 'excludedAttributes'));
}

/** A page in the dialect of who asked. */
export function pageOf<Resource>(page: ListResponse<Resource>, { count }: ListQuery, { sizeOfEmptyPage }: DialectRules): ListResponse<Resource> {
  return sizeOfEmptyPage && page.itemsPerPage === 0 ? { ...page, itemsPerPage: count } : page;
}

/** The value of a query parameter; of several the first. */
export function parameter(query: unknown, name: string): string | undefined {
  if (typeof query !== 'object' || query === null) return undefined;
  const value: unknown = Reflect.get(query, name);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}

function memberText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  throw ScimError.of('invalidValue', `Attribute ${name} of the search request has the wrong type.`);
}

function isDescending(order: string | undefined): boolean {
  const plain = (order ?? '').toLowerCase();
  if (plain === 'descending') return true;
  if (plain === '' || plain === 'ascending') return false;
  throw ScimError.of('invalidValue', 'Parameter sortOrder must be ascending or descending.');
}

function numberOf(read: Read, name: string): number | undefined {
  const text = read(name);
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw ScimError.of('invalidValue', `Parameter ${name} must be a whole number.`);
  return Number(text);
}
