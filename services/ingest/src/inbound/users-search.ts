import type { Database } from '@rolebridge/persistence';
import { listResponse } from '@rolebridge/scim';
import type { JsonObject, ListResponse, UserModel } from '@rolebridge/scim';
import { listedUsers, listUsers } from '../store/users-list.ts';
import type { DialectRules } from './scim-dialect.ts';
import type { ScimPages } from './scim-pages.ts';
import type { ListQuery } from './scim-query.ts';
import { wantedOf } from './scim-wanted.ts';
import { viewOf } from './user-view.ts';

/** What searching works with. */
export interface SearchParts {
  readonly reading: Database;
  readonly model: UserModel;
  readonly pages: ScimPages;
}

/** Who asks: under which address, and in which dialect. */
export interface SearchContext {
  readonly baseUrl: string;
  readonly dialect: DialectRules;
}

/** A page of users (RFC 7644 §3.4.2). @throws ScimError `invalidFilter`, `invalidValue`, `invalidCursor` */
export async function searchUsers({ reading, model, pages }: SearchParts, query: ListQuery, { baseUrl, dialect }: SearchContext): Promise<ListResponse<JsonObject>> {
  const wanted = wantedOf(query, model, dialect);
  const { slice, place } = pages.plan('Users', query);
  const { total, rows } = await listUsers(reading, listedUsers(model, `${baseUrl}/Users`), wanted, slice);
  const { shown, page } = place(rows.map(({ id }) => id));
  const views = rows.slice(0, shown.length).map((row) => viewOf(row, baseUrl, model, query.projection));
  return listResponse(views, total, page);
}
