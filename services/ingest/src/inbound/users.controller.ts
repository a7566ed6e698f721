import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { Database } from '@rolebridge/persistence';
import { listResponse, readPatchBody, readUser, ScimError, userNameOfFilter } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Change } from '../decide/change.ts';
import { versionOf } from '../decide/user-row.ts';
import type { UserRow } from '../decide/user-row.ts';
import type { IngestSettings } from '../settings.ts';
import { findUser, findUserByName, listUsers } from '../store/users.store.ts';
import type { Page } from '../store/users.store.ts';
import type { BoundedWriter } from './bounded-writer.ts';
import { commandOf, idOf } from './command-of.ts';
import { bodyOf } from './json-body.ts';
import { projectionOf, readListQuery } from './scim-query.ts';
import type { ListQuery } from './scim-query.ts';
import { READING, SETTINGS, WRITER } from './tokens.ts';
import { baseUrlOf, locationOf, SCIM_ROOT, viewOf } from './user-view.ts';

const SCIM_JSON = 'application/scim+json';

/** SCIM `Users`. A change is answered once it is committed; no target is called. */
@Controller(`${SCIM_ROOT}/Users`)
export class UsersController {
  readonly #settings: IngestSettings;
  readonly #reading: Database;
  readonly #writer: BoundedWriter;

  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(READING) reading: Database, @Inject(WRITER) writer: BoundedWriter) {
    this.#settings = settings;
    this.#reading = reading;
    this.#writer = writer;
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const show = this.#show(request, reply.code(201));
    const user = readUser(bodyOf(request.body).json, this.#settings.model);
    const row = await this.#accept(request, { kind: 'create', user, ifExists: 'refuse' });
    void reply.header('location', locationOf(row, this.#baseUrl(request)));
    show(row);
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = readListQuery(request.query);
    const projection = projectionOf(request.query);
    const { total, rows } = await this.#page(query);
    const baseUrl = this.#baseUrl(request);
    const resources = rows.map((row) => viewOf(row, baseUrl, this.#settings.model, projection));
    void reply.type(SCIM_JSON).send(listResponse(resources, total, query.startIndex));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const show = this.#show(request, reply);
    const row = await findUser(this.#reading, idOf(request));
    if (!row) throw ScimError.plain(404, 'There is no user with this id.');
    if (request.headers['if-none-match'] === versionOf(row)) void reply.code(304).header('etag', versionOf(row)).send();
    else show(row);
  }

  @Put(':id')
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const show = this.#show(request, reply);
    const user = readUser(bodyOf(request.body).json, this.#settings.model);
    show(await this.#accept(request, { kind: 'replace', user }, idOf(request)));
  }

  @Patch(':id')
  async patch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const show = this.#show(request, reply);
    const operations = readPatchBody(bodyOf(request.body).json);
    show(await this.#accept(request, { kind: 'patch', operations }, idOf(request)));
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

  async #page({ filter, startIndex, count }: ListQuery): Promise<Page> {
    if (filter === undefined) return listUsers(this.#reading, startIndex - 1, count);
    const row = await findUserByName(this.#reading, userNameOfFilter(filter));
    return { total: row ? 1 : 0, rows: row && startIndex === 1 && count > 0 ? [row] : [] };
  }

  /** Reads what the request wants to see before anything is written, so that a wrong wish changes nothing. */
  #show(request: FastifyRequest, reply: FastifyReply): (row: UserRow) => void {
    const projection = projectionOf(request.query);
    const baseUrl = this.#baseUrl(request);
    return (row) => {
      void reply.header('etag', versionOf(row)).type(SCIM_JSON).send(viewOf(row, baseUrl, this.#settings.model, projection));
    };
  }

  #baseUrl(request: FastifyRequest): string {
    return baseUrlOf(request, this.#settings.publicUrl);
  }
}
