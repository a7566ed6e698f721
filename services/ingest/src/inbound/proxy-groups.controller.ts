import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { idOf } from './command-of.ts';
import type { ProxyParts } from './proxy-parts.ts';
import { readProxyQuery } from './proxy-query.ts';
import { PROXY_PATHS, proxyBaseOf, servedSystem } from './proxy-system.ts';
import { PROXY } from './tokens.ts';

const SCIM_JSON = 'application/scim+json';
const IDENTIFIERS = ['displayName'] as const;

/** What one system can give: its groups and roles, with the accounts that hold them. */
@Controller(PROXY_PATHS.map((path) => `${path}/Groups`))
export class ProxyGroupsController {
  readonly #parts: ProxyParts;

  constructor(@Inject(PROXY) parts: ProxyParts) {
    this.#parts = parts;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = servedSystem(this.#parts.systems, request, reply, 'groups');
    const query = readProxyQuery(request.query, IDENTIFIERS);
    void reply.type(SCIM_JSON).send(await this.#parts.reader.groups(name, query, this.#baseUrl(request)));
  }

  @Get(':id')
  async read(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { name } = servedSystem(this.#parts.systems, request, reply, 'groups');
    const showing = { ...readProxyQuery(request.query, IDENTIFIERS), baseUrl: this.#baseUrl(request) };
    void reply.type(SCIM_JSON).send(await this.#parts.reader.group(name, idOf(request), showing));
  }

  #baseUrl(request: FastifyRequest): string {
    return proxyBaseOf(request, this.#parts.publicUrl);
  }
}
