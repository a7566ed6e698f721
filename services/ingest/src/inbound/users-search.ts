import type { Database } from '@rolebridge/persistence';
import { listResponse, shows } from '@rolebridge/scim';
import type { JsonObject, ListResponse } from '@rolebridge/scim';
import type { UserRow } from '../decide/user-row.ts';
import { membershipsOf } from '../store/groups-members.ts';
import { listedUsers, listUsers } from '../store/users-list.ts';
import { pageOf } from './scim-query.ts';
import type { ListQuery } from './scim-query.ts';
import type { SearchContext, SearchParts } from './scim-search.ts';
import { orTooMany } from './scim-too-many.ts';
import { wantedOf } from './scim-wanted.ts';
import { viewOf } from './user-view.ts';
import type { UserViewing } from './user-view.ts';

/** A page of users (RFC 7644 §3.4.2). @throws ScimError `invalidFilter`, `invalidValue`, `invalidCursor` */
export async function searchUsers({ reading, model, pages }: SearchParts, query: ListQuery, { baseUrl, dialect }: SearchContext): Promise<ListResponse<JsonObject>> {
  const wanted = wantedOf(query, model, dialect);
  const { slice, place } = pages.plan('Users', query);
  const { total, rows } = await orTooMany(listUsers(reading, listedUsers(model, baseUrl), wanted, slice));
  const { shown, page } = place(rows.map(({ id }) => id));
  const views = await userViews(reading, rows.slice(0, shown.length), { baseUrl, model, projection: query.projection });
  return pageOf(listResponse(views, total, page), query, dialect);
}

/** These users as callers see them, with their groups as they are now. */
export async function userViews(reading: Database, rows: readonly UserRow[], viewing: UserViewing): Promise<readonly JsonObject[]> {
  const groups = shows(viewing.projection, 'groups') ? await membershipsOf(reading, rows.map(({ id }) => id)) : new Map<string, never[]>();
  return rows.map((row) => viewOf(row, viewing, groups.get(row.id)));
}
