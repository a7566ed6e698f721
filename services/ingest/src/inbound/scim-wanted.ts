import { bindFilter, findFilterPlace, parseFilter, ScimError, valuePlace } from '@rolebridge/scim';
import type { FilterOptions, UserModel } from '@rolebridge/scim';
import type { Wanted } from '../store/scim-list.ts';
import type { Order } from '../store/scim-order.ts';
import type { ListQuery } from './scim-query.ts';

/**
 * What a query wants of one resource type.
 *
 * @param others types that are asked at the same time
 * @throws ScimError `invalidFilter`, and `invalidValue` for an unknown `sortBy`
 */
export function wantedOf(query: ListQuery, model: UserModel, options: FilterOptions, others: readonly UserModel[] = []): Wanted {
  const filter = query.filter === undefined ? undefined : bindFilter(parseFilter(query.filter, options), model, others);
  const order = orderOf(query, model);
  const known = order !== undefined || others.some((other) => orderOf(query, other) !== undefined);
  if (query.sortBy !== undefined && !known) throw ScimError.of('invalidValue', 'Parameter sortBy must name an attribute of the resource.');
  return { ...(filter && { filter }), ...(order && { order }) };
}

function orderOf({ sortBy, descending }: ListQuery, model: UserModel): Order | undefined {
  const place = sortBy === undefined ? undefined : findFilterPlace(sortBy, model);
  const values = place && valuePlace(place);
  return values && { place: values, descending };
}
