import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { forbidden } from '@rolebridge/access';
import type { CallerResource } from '@rolebridge/access';
import { listResponse, ScimError } from '@rolebridge/scim';
import type { JsonObject } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestSettings } from '../settings.ts';
import { listedGroups } from '../store/groups-list.ts';
import { findMerged } from '../store/scim-merged-list.ts';
import type { MergedPart } from '../store/scim-merged-list.ts';
import { listedUsers } from '../store/users-list.ts';
import { usersOf } from '../store/users.store.ts';
import { callerOf } from './door.ts';
import { groupViews } from './groups-search.ts';
import { bodyOf } from './json-body.ts';
import { dialectOf } from './scim-dialect.ts';
import { readSearchRequest } from './scim-query.ts';
import type { ListQuery } from './scim-query.ts';
import { orTooMany } from './scim-too-many.ts';
import { wantedOf } from './scim-wanted.ts';
import { SEARCH, SETTINGS } from './tokens.ts';
import { baseUrlOf, SCIM_ROOT } from './user-view.ts';
import { userViews } from './users-search.ts';
import type { SearchContext, SearchParts } from './scim-search.ts';

/** Search over all resource types at once (RFC 7644 §3.4.2.1, §3.4.3), as far as the caller may see them. */
@Controller(SCIM_ROOT)
export class SearchController {
  readonly #settings: IngestSettings;
  readonly #search: SearchParts;

  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(SEARCH) search: SearchParts) {
    this.#settings = settings;
    this.#search = search;
  }

  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = readSearchRequest(bodyOf(request.body).json);
    if (query.cursor !== undefined) throw ScimError.of('invalidCursor', 'Cursors are served on /Users and /Groups.');
    const baseUrl = baseUrlOf(request, this.#settings.publicUrl);
    const slice = { offset: query.startIndex - 1, limit: query.count };
    const { total, found } = await orTooMany(findMerged(this.#search.reading, this.#partsOf(query, request, baseUrl), slice));
    void reply.code(200).type('application/scim+json').send(listResponse(await this.#views(found, query, { baseUrl, dialect: dialectOf(request) }), total, query.startIndex));
  }

  #partsOf(query: ListQuery, request: FastifyRequest, baseUrl: string): readonly MergedPart[] {
    const { model, groupModel } = this.#settings;
    const caller = callerOf(request);
    const sees = (resource: CallerResource) => forbidden(caller, { right: 'read', resource }) === undefined;
    const dialect = dialectOf(request);
    return [
      ...(sees('users') ? [{ type: 'User' as const, listed: listedUsers(model, baseUrl), wanted: wantedOf(query, model, dialect, [groupModel]) }] : []),
      ...(sees('groups') ? [{ type: 'Group' as const, listed: listedGroups(groupModel, baseUrl), wanted: wantedOf(query, groupModel, dialect, [model]) }] : []),
    ];
  }

  async #views(found: readonly { readonly type: string; readonly id: string }[], query: ListQuery, { baseUrl, dialect }: SearchContext): Promise<readonly JsonObject[]> {
    const { reading, model, groupModel } = this.#search;
    const idsOf = (type: string) => found.filter((one) => one.type === type).map(({ id }) => id);
    const users = await userViews(reading, await usersOf(reading, idsOf('User')), { baseUrl, model, projection: query.projection });
    const groups = await groupViews(reading, idsOf('Group'), { baseUrl, model: groupModel, projection: query.projection, memberDisplay: dialect.memberDisplay });
    const byId = new Map([...users, ...groups].map((view): [unknown, JsonObject] => [view['id'], view]));
    return found.map(({ id }) => byId.get(id)).filter((view) => view !== undefined);
  }
}
