import type { FilterPlace } from '@rolebridge/scim';
import type { ScimColumns } from './scim-condition.ts';

/** How a list is sorted (RFC 7644 §3.4.2.3). */
export interface Order {
  readonly place: FilterPlace;
  readonly descending: boolean;
}

/**
 * The value that a resource is sorted by, as text in an order of code points; instants as numbers of the same length. Of several values the primary
 * one counts, otherwise the first.
 */
export function sortKey({ place }: Order, columns: ScimColumns): string {
  const { attribute, sub } = place;
  const question = { op: 'pr', attribute: sub ?? attribute } as const;
  if (!attribute.multiValued) return keyOf(columns.single(place), question.attribute.caseExact);
  const { from, member } = columns.list(place, 's');
  const value = keyOf(member(sub?.name ?? 'value', question), question.attribute.caseExact);
  const primary = attribute.subAttributes?.find(({ name }) => name === 'primary');
  const first = primary ? ` order by ${member('primary', { op: 'pr', attribute: primary }).sql} is not distinct from 'true' desc` : '';
  return `(select ${value} from ${from}${first} limit 1)`;
}

function keyOf({ sql, as }: ReturnType<ScimColumns['single']>, caseExact: boolean): string {
  if (as === 'instant') return `to_char(${sql} at time zone 'UTC', 'YYYYMMDDHH24MISSMS')`;
  if (as === 'text' && !caseExact) return `scim_fold(${sql}) collate "C"`;
  if (as === 'flag' || as === 'uuid') return `(${sql})::text collate "C"`;
  return `${sql} collate "C"`;
}
