import type { Database } from '@rolebridge/persistence';
import { listResponse, shows } from '@rolebridge/scim';
import type { JsonObject, ListResponse } from '@rolebridge/scim';
import { countMembers, groupIds, listedGroups } from '../store/groups-list.ts';
import { membersOf } from '../store/groups-members.ts';
import { groupsOf } from '../store/groups.store.ts';
import { groupViewOf } from './group-view.ts';
import type { GroupViewing } from './group-view.ts';
import { pageOf } from './scim-query.ts';
import type { ListQuery } from './scim-query.ts';
import type { SearchContext, SearchParts } from './scim-search.ts';
import { orTooMany } from './scim-too-many.ts';
import { wantedOf } from './scim-wanted.ts';

/** Members of all groups on a page; a page ends before them, as it may (RFC 7644 §3.4.2.4), but has at least one group. */
const MAX_MEMBERS_ON_PAGE = 20_000;

/** A page of groups. @throws ScimError `invalidFilter`, `invalidValue`, `invalidCursor` */
export async function searchGroups({ reading, groupModel: model, pages }: SearchParts, query: ListQuery, { baseUrl, dialect }: SearchContext): Promise<ListResponse<JsonObject>> {
  const wanted = wantedOf(query, model, dialect);
  const { slice, place } = pages.plan('Groups', query);
  const { total, ids } = await orTooMany(groupIds(reading, listedGroups(model, baseUrl), wanted, slice));
  const fitting = shows(query.projection, 'members') ? await fittingOf(reading, ids) : ids.length;
  const { shown, page } = place(ids, fitting);
  const views = await groupViews(reading, shown, { baseUrl, model, projection: query.projection, memberDisplay: dialect.memberDisplay });
  return pageOf(listResponse(views, total, page), query, dialect);
}

/** These groups as callers see them, in this order. */
export async function groupViews(reading: Database, ids: readonly string[], viewing: GroupViewing): Promise<readonly JsonObject[]> {
  const rows = await groupsOf(reading, ids);
  const members = shows(viewing.projection, 'members') ? await membersOf(reading, ids) : new Map<string, never[]>();
  return rows.map((row) => groupViewOf(row, members.get(row.id) ?? [], viewing));
}

/** How many of these groups fit on a page. */
async function fittingOf(reading: Database, ids: readonly string[]): Promise<number> {
  const counts = await countMembers(reading, ids);
  let members = 0;
  const end = ids.findIndex((id, at) => {
    members += counts.get(id) ?? 0;
    return at > 0 && members > MAX_MEMBERS_ON_PAGE;
  });
  return end === -1 ? ids.length : end;
}
