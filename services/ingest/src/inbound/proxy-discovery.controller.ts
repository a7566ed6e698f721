import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { DISCOVERY_SCHEMAS, groupModel, listResponse, resourceTypes, schemaDocuments, ScimError, serviceProviderConfig } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { idOf } from './command-of.ts';
import type { ProxyParts } from './proxy-parts.ts';
import { MAX_COUNT } from './proxy-query.ts';
import { PROXY_PATHS, proxyBaseOf, proxySystem } from './proxy-system.ts';
import type { ProxySystem } from './proxy-system.ts';
import { PROXY } from './tokens.ts';

type Document = Readonly<Record<string, unknown>>;

const LIMITS = { maxResults: MAX_COUNT, defaultResults: 25, maxOperations: 0, maxPayloadSize: 0 };
const GROUP_MODEL = groupModel('default');

/** What the proxy API serves of one system, true to its back end (RFC 7644 §4). */
@Controller([...PROXY_PATHS])
export class ProxyDiscoveryController {
  readonly #parts: ProxyParts;

  constructor(@Inject(PROXY) parts: ProxyParts) {
    this.#parts = parts;
  }

  @Get('ServiceProviderConfig')
  config(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { backEnd } = this.#system(request);
    const patch = { supported: backEnd.users.includes('PATCH') || backEnd.groups.includes('PATCH') };
    const { pagination: _, ...config } = serviceProviderConfig(LIMITS, this.#baseUrl(request));
    const supported = { supported: false };
    send(reply, { ...config, patch, bulk: { ...supported, maxOperations: 0, maxPayloadSize: 0 }, sort: supported, etag: supported, filter: { supported: true, maxResults: MAX_COUNT } });
  }

  @Get('ResourceTypes')
  types(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendAll(reply, this.#types(request));
  }

  @Get('ResourceTypes/:id')
  type(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(reply, named(idOf(request), this.#types(request)));
  }

  @Get('Schemas')
  schemas(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendAll(reply, this.#schemas(request));
  }

  @Get('Schemas/:id')
  schema(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(reply, named(idOf(request), this.#schemas(request)));
  }

  #types(request: FastifyRequest): readonly Document[] {
    this.#system(request);
    return resourceTypes([this.#parts.model, GROUP_MODEL], this.#baseUrl(request));
  }

  #schemas(request: FastifyRequest): readonly Document[] {
    this.#system(request);
    return schemaDocuments([this.#parts.model, GROUP_MODEL], DISCOVERY_SCHEMAS, this.#baseUrl(request));
  }

  #system(request: FastifyRequest): ProxySystem {
    return proxySystem(this.#parts.systems, request);
  }

  #baseUrl(request: FastifyRequest): string {
    return proxyBaseOf(request, this.#parts.publicUrl);
  }
}

function send(reply: FastifyReply, document: Document): void {
  void reply.type('application/scim+json').send(document);
}

function sendAll(reply: FastifyReply, documents: readonly Document[]): void {
  send(reply, { ...listResponse(documents, documents.length, 1) });
}

function named(id: string, documents: readonly Document[]): Document {
  const document = documents.find((candidate) => String(candidate['id']).toLowerCase() === id.toLowerCase());
  if (!document) throw ScimError.plain(404, 'There is nothing with this id.');
  return document;
}
