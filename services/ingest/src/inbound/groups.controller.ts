import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { Database } from '@rolebridge/persistence';
import { readGroup, readPatchBody, ScimError, splitGroupPatch } from '@rolebridge/scim';
import type { JsonObject } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GroupChange } from '../decide/group-change.ts';
import type { GroupRow } from '../decide/group-row.ts';
import { namesVersion, versionOf } from '../decide/versions.ts';
import type { IngestSettings } from '../settings.ts';
import { findGroup } from '../store/groups.store.ts';
import type { GroupWriter } from '../store/groups-writer.ts';
import { circumstancesOf, idOf } from './command-of.ts';
import { groupLocation } from './group-view.ts';
import type { GroupViewing } from './group-view.ts';
import { groupViews, searchGroups } from './groups-search.ts';
import { bodyOf } from './json-body.ts';
import { dialectOf } from './scim-dialect.ts';
import { parameter, projectionOf, readListQuery, readSearchRequest } from './scim-query.ts';
import type { ListQuery } from './scim-query.ts';
import { GROUP_WRITER, SEARCH, SETTINGS } from './tokens.ts';
import type { SearchParts } from './scim-search.ts';
import { baseUrlOf, SCIM_ROOT } from './user-view.ts';

const SCIM_JSON = 'application/scim+json';

/** SCIM `Groups` (RFC 7644 §3, L7). A change is answered once it is committed; the users concerned follow. */
@Controller(`${SCIM_ROOT}/Groups`)
export class GroupsController {
  readonly #settings: IngestSettings;
  readonly #search: SearchParts;
  readonly #reading: Database;
  readonly #writer: GroupWriter;

  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(SEARCH) search: SearchParts, @Inject(GROUP_WRITER) writer: GroupWriter) {
    this.#settings = settings;
    this.#search = search;
    this.#reading = search.reading;
    this.#writer = writer;
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const { group, members = [] } = readGroup(bodyOf(request.body).json, this.#settings.groupModel);
    const row = await this.#accept(request, { kind: 'create', group, members });
    void reply.code(201);
    await this.#show(row, viewing, reply);
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#answer(readListQuery(request.query), request, reply);
  }

  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#answer(readSearchRequest(bodyOf(request.body).json), request, reply.code(200));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const row = await findGroup(this.#reading, idOf(request));
    if (!row) throw ScimError.plain(404, 'There is no group with this id.');
    const known = request.headers['if-none-match'];
    if (known !== undefined && namesVersion(row, known)) void reply.code(304).header('etag', versionOf(row)).send();
    else await this.#show(row, viewing, reply);
  }

  @Put(':id')
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const document = readGroup(bodyOf(request.body).json, this.#settings.groupModel);
    await this.#show(await this.#accept(request, { kind: 'replace', ...document }), viewing, reply);
  }

  /** Answered without the group, which may be large, unless the caller asks for attributes (RFC 7644 §3.5.2). */
  @Patch(':id')
  async patch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const patch = splitGroupPatch(readPatchBody(bodyOf(request.body).json, dialectOf(request).lenientPatch), this.#settings.groupModel);
    const row = await this.#accept(request, { kind: 'patch', patch });
    const asked = parameter(request.query, 'attributes') ?? parameter(request.query, 'excludedAttributes');
    if (asked === undefined) void reply.code(204).header('etag', versionOf(row)).send();
    else await this.#show(row, viewing, reply);
  }

  @Delete(':id')
  async remove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#accept(request, { kind: 'delete' });
    void reply.code(204).send();
  }

  async #accept(request: FastifyRequest, change: GroupChange): Promise<GroupRow> {
    const target = change.kind === 'create' ? {} : { groupId: idOf(request) };
    const answer = await this.#writer.accept({ change, ...circumstancesOf(request), ...target, leniency: dialectOf(request).groups });
    if (answer.kind === 'done') return answer.row;
    throw ScimError.again(answer);
  }

  async #answer(query: ListQuery, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const context = { baseUrl: this.#viewing(request).baseUrl, dialect: dialectOf(request) };
    void reply.type(SCIM_JSON).send(await searchGroups(this.#search, query, context));
  }

  #viewing(request: FastifyRequest): GroupViewing {
    return { baseUrl: baseUrlOf(request, this.#settings.publicUrl), model: this.#settings.groupModel, projection: projectionOf(request.query), memberDisplay: dialectOf(request).memberDisplay };
  }

  /** The group with its members as they are now. */
  async #show(row: GroupRow, viewing: GroupViewing, reply: FastifyReply): Promise<void> {
    const [view]: readonly (JsonObject | undefined)[] = await groupViews(this.#reading, [row.id], viewing);
    if (!view) throw ScimError.plain(404, 'There is no group with this id.');
    void reply.headers({ etag: versionOf(row), location: groupLocation(row, viewing.baseUrl) }).type(SCIM_JSON).send(view);
  }
}
