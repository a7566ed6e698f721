import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { DISCOVERY_SCHEMAS, groupModel, listResponse, resourceTypes, schemaDocuments, ScimError, serviceProviderConfig } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestSettings } from '../settings.ts';
import { idOf } from './command-of.ts';
import { dialectOf } from './scim-dialect.ts';
import { MAX_BULK_OPERATIONS, MAX_PAYLOAD_BYTES } from './scim-limits.ts';
import { DEFAULT_PAGE, MAX_PAGE, parameter } from './scim-query.ts';
import { SETTINGS } from './tokens.ts';
import { baseUrlOf, SCIM_ROOT } from './user-view.ts';

const GROUP_MODELS = { default: groupModel('default'), request: groupModel('request') };

const LIMITS = { maxResults: MAX_PAGE, defaultResults: DEFAULT_PAGE, maxOperations: MAX_BULK_OPERATIONS, maxPayloadSize: MAX_PAYLOAD_BYTES };

type Document = Readonly<Record<string, unknown>>;

/** What is served, as RFC 7644 §4 lets callers ask. */
@Controller(SCIM_ROOT)
export class DiscoveryController {
  readonly #settings: IngestSettings;

  constructor(@Inject(SETTINGS) settings: IngestSettings) {
    this.#settings = settings;
  }

  @Get('ServiceProviderConfig')
  config(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    refuseFilter(request);
    send(reply, serviceProviderConfig(LIMITS, this.#baseUrl(request)));
  }

  @Get('ResourceTypes')
  types(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendAll(request, reply, this.#types(request));
  }

  @Get('ResourceTypes/:id')
  type(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(reply, named(idOf(request), this.#types(request)));
  }

  @Get('Schemas')
  schemas(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendAll(request, reply, this.#schemas(request));
  }

  @Get('Schemas/:id')
  schema(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(reply, named(idOf(request), this.#schemas(request)));
  }

  #types(request: FastifyRequest): readonly Document[] {
    return resourceTypes([this.#settings.model, this.#settings.groupModel], this.#baseUrl(request));
  }

  #schemas(request: FastifyRequest): readonly Document[] {
    return schemaDocuments([this.#settings.model, GROUP_MODELS[dialectOf(request).memberDisplay]], DISCOVERY_SCHEMAS, this.#baseUrl(request));
  }

  #baseUrl(request: FastifyRequest): string {
    return baseUrlOf(request, this.#settings.publicUrl);
  }
}

function send(reply: FastifyReply, document: Document): void {
  void reply.type('application/scim+json').send(document);
}

function sendAll(request: FastifyRequest, reply: FastifyReply, documents: readonly Document[]): void {
  refuseFilter(request);
  send(reply, { ...listResponse(documents, documents.length, 1) });
}

/** RFC 7644 §4: a filter on these endpoints is answered with 403. */
function refuseFilter(request: FastifyRequest): void {
  if (parameter(request.query, 'filter') !== undefined) throw ScimError.plain(403, 'There is no filter on this endpoint.');
}

function named(id: string, documents: readonly Document[]): Document {
  const document = documents.find((candidate) => String(candidate['id']).toLowerCase() === id.toLowerCase());
  if (!document) throw ScimError.plain(404, 'There is nothing with this id.');
  return document;
}
