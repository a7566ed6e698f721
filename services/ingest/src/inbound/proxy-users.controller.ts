import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import { readPatchBody } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountWrite } from '../decide/account-request.ts';
import type { ProxyRow } from '../decide/proxy-row.ts';
import type { ProxyWrite } from '../decide/proxy-write.ts';
import type { Delivery } from '../store/idempotency.store.ts';
import type { Written } from '../store/proxy-writer.ts';
import { circumstancesOf, idOf } from './command-of.ts';
import { callerOf } from './door.ts';
import { bodyOf } from './json-body.ts';
import { STATE_HEADER } from './proxy-answer.ts';
import { patchedAccount, readAccount, withGroups } from './proxy-body.ts';
import { PROXY_PATHS, proxyBaseOf, servedSystem } from './proxy-system.ts';
import type { ProxySystem } from './proxy-system.ts';
import type { ProxyParts } from './proxy-parts.ts';
import { projectionOf, readProxyQuery } from './proxy-query.ts';
import { PROXY } from './tokens.ts';

const SCIM_JSON = 'application/scim+json';
const IDENTIFIERS = ['userName', 'email', 'displayName'] as const;

/** The accounts of one system, as SAP Identity Provisioning's proxy API shows them to SAP IDM and SAP IAG, and takes them. */
@Controller(PROXY_PATHS.map((path) => `${path}/Users`))
export class ProxyUsersController {
  readonly #parts: ProxyParts;

  constructor(@Inject(PROXY) parts: ProxyParts) {
    this.#parts = parts;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = this.#system(request, reply);
    const query = readProxyQuery(request.query, IDENTIFIERS);
    void reply.type(SCIM_JSON).send(await this.#parts.reader.users(name, query, this.#baseUrl(request)));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = this.#system(request, reply);
    await this.#send(request, reply, { name, id: idOf(request) });
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const system = this.#system(request, reply);
    const { reader, writer, bounded, model } = this.#parts;
    const account = readAccount(bodyOf(request.body).json, model);
    const write = withGroups(account, await reader.catalogue(system.name, account.groups));
    const written = await bounded(writer.open({ ...this.#order(request, system, 'create'), user: account.user, write }));
    void reply.header('location', `${this.#baseUrl(request)}/Users/${written.id}`);
    await this.#answer(request, reply, { system, written, status: 201 });
  }

  @Put(':id')
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const system = this.#system(request, reply);
    const account = readAccount(bodyOf(request.body).json, this.#parts.model);
    const write = withGroups(account, await this.#parts.reader.catalogue(system.name, account.groups));
    await this.#change(request, reply, { system, operation: 'replace', status: 200, writeOf: () => write });
  }

  @Patch(':id')
  async patch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const system = this.#system(request, reply);
    const operations = readPatchBody(bodyOf(request.body).json);
    const writeOf = ({ view }: ProxyRow): AccountWrite => (view ? patchedAccount(operations, view, this.#parts.model) : {});
    await this.#change(request, reply, { system, operation: 'patch', status: 200, writeOf });
  }

  /** Ends this account; the person and other accounts stay. */
  @Delete(':id')
  async remove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const system = this.#system(request, reply);
    await this.#change(request, reply, { system, operation: 'delete', status: 204, writeOf: () => ({ presence: 'absent' }) });
  }

  #system(request: FastifyRequest, reply: FastifyReply): ProxySystem {
    return servedSystem(this.#parts.systems, request, reply, 'users');
  }

  async #change(request: FastifyRequest, reply: FastifyReply, change: Change): Promise<void> {
    const { system, operation, status, writeOf } = change;
    const written = await this.#parts.bounded(this.#parts.writer.change({ ...this.#order(request, system, operation), id: idOf(request), writeOf }));
    await this.#answer(request, reply, { system, written, status });
  }

  #order(request: FastifyRequest, { name, settings }: ProxySystem, operation: ProxyWrite['operation']): Omit<ProxyWrite, 'write'> & { readonly delivery?: Delivery } {
    const { by, correlationId, delivery } = circumstancesOf(request);
    return { system: name, operation, by, correlationId, ruleGiven: settings.ruleGiven, ...(delivery && { delivery }) };
  }

  async #answer(request: FastifyRequest, reply: FastifyReply, { system, written, status }: Answered): Promise<void> {
    const { name, settings } = system;
    const answer = await this.#parts.answers.answer(written, { system: name, caller: callerOf(request), settings, status });
    void reply.code(answer.status).header(STATE_HEADER, answer.state);
    if (status === 204) void reply.send();
    else await this.#send(request, reply, { name, id: written.id });
  }

  async #send(request: FastifyRequest, reply: FastifyReply, { name, id }: { readonly name: string; readonly id: string }): Promise<void> {
    const showing = { baseUrl: this.#baseUrl(request), projection: projectionOf(request.query) };
    void reply.type(SCIM_JSON).send(await this.#parts.reader.user(name, id, showing));
  }

  #baseUrl(request: FastifyRequest): string {
    return proxyBaseOf(request, this.#parts.publicUrl);
  }
}

interface Change {
  readonly system: ProxySystem;
  readonly operation: ProxyWrite['operation'];
  readonly status: number;
  readonly writeOf: (row: ProxyRow) => AccountWrite;
}

interface Answered {
  readonly system: ProxySystem;
  readonly written: Written;
  readonly status: number;
}
