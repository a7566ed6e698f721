import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROXY_PATHS, proxyBaseOf, servedSystem } from './proxy-system.ts';
import type { ProxyParts } from './proxy-parts.ts';
import { projectionOf, readProxyQuery } from './proxy-query.ts';
import { idOf } from './command-of.ts';
import { PROXY } from './tokens.ts';

const SCIM_JSON = 'application/scim+json';
const IDENTIFIERS = ['userName', 'email', 'displayName'] as const;

/** The accounts of one system, as SAP Identity Provisioning's proxy API shows them to SAP IDM and SAP IAG. */
@Controller(PROXY_PATHS.map((path) => `${path}/Users`))
export class ProxyUsersController {
  readonly #parts: ProxyParts;

  constructor(@Inject(PROXY) parts: ProxyParts) {
    this.#parts = parts;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = servedSystem(this.#parts.systems, request, reply, 'users');
    const query = readProxyQuery(request.query, IDENTIFIERS);
    void reply.type(SCIM_JSON).send(await this.#parts.reader.users(name, query, this.#baseUrl(request)));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = servedSystem(this.#parts.systems, request, reply, 'users');
    const showing = { baseUrl: this.#baseUrl(request), projection: projectionOf(request.query) };
    void reply.type(SCIM_JSON).send(await this.#parts.reader.user(name, idOf(request), showing));
  }

  #baseUrl(request: FastifyRequest): string {
    return proxyBaseOf(request, this.#parts.publicUrl);
  }
}
