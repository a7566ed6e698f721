import { readProjection, ScimError } from '@rolebridge/scim';
import type { Projection } from '@rolebridge/scim';
import { readProxyFilter } from '../decide/proxy-filter.ts';
import type { ProxyFilter } from '../decide/proxy-filter.ts';
import { parameter } from './scim-query.ts';

/** Page size without `count`, and the largest one (systems sheet of the proxy API, §4). */
const DEFAULT_COUNT = 25;
export const MAX_COUNT = 100;

export interface ProxyQuery {
  readonly filter?: ProxyFilter;
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
  readonly projection: Projection;
  /** Whose memberships are shown; the accounts here are users. */
  readonly membersType: 'user' | 'group';
}

/** @throws ScimError `invalidValue`, `invalidFilter` */
export function readProxyQuery(query: unknown, identifiers: readonly string[]): ProxyQuery {
  const filter = parameter(query, 'filter');
  return {
    ...(filter !== undefined && filter.trim() !== '' && { filter: readProxyFilter(filter, identifiers) }),
    startIndex: Math.max(1, numberOf(query, 'startIndex') ?? 1),
    count: Math.min(MAX_COUNT, Math.max(1, numberOf(query, 'count') ?? DEFAULT_COUNT)),
    projection: projectionOf(query),
    membersType: membersTypeOf(query),
  };
}

/** Names of the first level only: what stands behind a dot does not count. @throws ScimError `invalidValue` */
export function projectionOf(query: unknown): Projection {
  return readProjection(firstLevel(parameter(query, 'attributes')), firstLevel(parameter(query, 'excludedAttributes')));
}

function firstLevel(text: string | undefined): string | undefined {
  return text?.split(',').map((name) => (name.trim().toLowerCase().startsWith('urn:') ? name : (name.split('.')[0] ?? ''))).join(',');
}

function membersTypeOf(query: unknown): 'user' | 'group' {
  const type = (parameter(query, 'membersType') ?? 'user').toLowerCase();
  if (type === 'user' || type === 'group') return type;
  throw ScimError.of('invalidValue', 'Parameter membersType must be user or group.');
}

function numberOf(query: unknown, name: string): number | undefined {
  const text = parameter(query, name);
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d{1,9}$/.test(text)) throw ScimError.of('invalidValue', `Parameter ${name} must be a whole number.`);
  return Number(text);
}
