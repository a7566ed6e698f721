import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { Database } from '@rolebridge/persistence';
import { readPatchBody, readUser, ScimError } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Change } from '../decide/change.ts';
import type { UserRow } from '../decide/user-row.ts';
import { namesVersion, versionOf } from '../decide/versions.ts';
import type { IngestSettings } from '../settings.ts';
import { findUser } from '../store/users.store.ts';
import type { BoundedWriter } from './bounded-writer.ts';
import { commandOf, idOf } from './command-of.ts';
import { bodyOf } from './json-body.ts';
import { dialectOf } from './scim-dialect.ts';
import { projectionOf, readListQuery, readSearchRequest } from './scim-query.ts';
import type { ListQuery } from './scim-query.ts';
import { READING, SEARCH, SETTINGS, WRITER } from './tokens.ts';
import { baseUrlOf, locationOf, SCIM_ROOT, viewOf } from './user-view.ts';
import type { UserViewing } from './user-view.ts';
import { searchUsers, userViews } from './users-search.ts';
import type { SearchParts } from './scim-search.ts';

const SCIM_JSON = 'application/scim+json';

/** SCIM `Users`. A change is answered once it is committed; no target is called. */
@Controller(`${SCIM_ROOT}/Users`)
export class UsersController {
  readonly #settings: IngestSettings;
  readonly #reading: Database;
  readonly #writer: BoundedWriter;
  readonly #search: SearchParts;

  // Nest gives each part by its token
  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(READING) reading: Database, @Inject(WRITER) writer: BoundedWriter, @Inject(SEARCH) search: SearchParts) {
    this.#settings = settings;
    this.#reading = reading;
    this.#writer = writer;
    this.#search = search;
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const user = readUser(bodyOf(request.body).json, this.#settings.model);
    const row = await this.#accept(request, { kind: 'create', user, ifExists: 'refuse' });
    void reply.code(201).headers({ location: locationOf(row, viewing.baseUrl), etag: versionOf(row) });
    // who has just come is in no group
    void reply.type(SCIM_JSON).send(viewOf(row, viewing));
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#answer(readListQuery(request.query), request, reply);
  }

  /** As the list, for questions that are too long or too private for an address (RFC 7644 §3.4.3). */
  @Post('.search')
  async search(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#answer(readSearchRequest(bodyOf(request.body).json), request, reply.code(200));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const row = await findUser(this.#reading, idOf(request));
    if (!row) throw ScimError.plain(404, 'There is no user with this id.');
    const known = request.headers['if-none-match'];
    if (known !== undefined && namesVersion(row, known)) void reply.code(304).header('etag', versionOf(row)).send();
    else await this.#show(row, viewing, reply);
  }

  @Put(':id')
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const user = readUser(bodyOf(request.body).json, this.#settings.model);
    await this.#show(await this.#accept(request, { kind: 'replace', user }, idOf(request)), viewing, reply);
  }

  @Patch(':id')
  async patch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const viewing = this.#viewing(request);
    const operations = readPatchBody(bodyOf(request.body).json, dialectOf(request).lenientPatch);
    await this.#show(await this.#accept(request, { kind: 'patch', operations }, idOf(request)), viewing, reply);
  }

  @Delete(':id')
  async remove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#accept(request, { kind: 'delete' }, idOf(request));
    void reply.code(204).send();
  }

  async #accept(request: FastifyRequest, change: Change, userId?: string): Promise<UserRow> {
    const answer = await this.#writer.accept(commandOf(request, change, userId));
    if (answer.kind === 'done') return answer.row;
    throw ScimError.again(answer);
  }

  /** Reads what the request wants to see before anything is written, so that a wrong wish changes nothing. */
  #viewing(request: FastifyRequest): UserViewing {
    return { baseUrl: this.#baseUrl(request), model: this.#settings.model, projection: projectionOf(request.query) };
  }

  async #show(row: UserRow, viewing: UserViewing, reply: FastifyReply): Promise<void> {
    const [view] = await userViews(this.#reading, [row], viewing);
    void reply.headers({ etag: versionOf(row), location: locationOf(row, viewing.baseUrl) }).type(SCIM_JSON).send(view);
  }

  async #answer(query: ListQuery, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const context = { baseUrl: this.#baseUrl(request), dialect: dialectOf(request) };
    void reply.type(SCIM_JSON).send(await searchUsers(this.#search, query, context));
  }

  #baseUrl(request: FastifyRequest): string {
    return baseUrlOf(request, this.#settings.publicUrl);
  }
}
