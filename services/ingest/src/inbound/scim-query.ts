import { readProjection, ScimError } from '@rolebridge/scim';
import type { Projection } from '@rolebridge/scim';

/** Most users on one page. */
export const MAX_PAGE = 200;
/** Page size when the caller names none; what SAP's Identity Authentication uses. */
export const DEFAULT_PAGE = 100;

export interface ListQuery {
  readonly filter?: string;
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
}

/** @throws ScimError `invalidValue` for a number that is none */
export function readListQuery(query: unknown): ListQuery {
  const filter = parameter(query, 'filter');
  return {
    ...(filter !== undefined && { filter }),
    startIndex: Math.max(1, numberOf(query, 'startIndex') ?? 1),
    count: Math.min(MAX_PAGE, Math.max(0, numberOf(query, 'count') ?? DEFAULT_PAGE)),
  };
}

export function projectionOf(query: unknown): Projection {
  return readProjection(parameter(query, 'attributes'), parameter(query, 'excludedAttributes'));
}

/** The value of a query parameter; of several the first. */
export function parameter(query: unknown, name: string): string | undefined {
  if (typeof query !== 'object' || query === null) return undefined;
  const value: unknown = Reflect.get(query, name);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : undefined;
}

function numberOf(query: unknown, name: string): number | undefined {
  const text = parameter(query, name);
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d{1,15}$/.test(text)) throw ScimError.of('invalidValue', `Parameter ${name} must be a whole number.`);
  return Number(text);
}
