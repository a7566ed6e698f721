import { Controller, Get, Inject } from '@nestjs/common';
import type { InboxParts } from '../store/inbox-parts.ts';
import type { IngestSettings } from '../settings.ts';
import { asyncApi } from './asyncapi.ts';
import type { JsonSchema } from './described-resource.ts';
import { openApi } from './openapi.ts';
import { INBOX_PARTS, SETTINGS } from './tokens.ts';

/** The documents that describe this interface to machines; for every caller who may read. */
@Controller()
export class DocumentsController {
  readonly #openApi: JsonSchema;
  readonly #asyncApi: JsonSchema;

  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(INBOX_PARTS) parts: Pick<InboxParts, 'serviceVersion'>) {
    this.#openApi = openApi({ users: settings.model, groups: settings.groupModel, version: parts.serviceVersion });
    this.#asyncApi = asyncApi(parts.serviceVersion, settings.topicPrefix);
  }

  @Get('openapi.json')
  openApi(): JsonSchema {
    return this.#openApi;
  }

  @Get('asyncapi.json')
  asyncApi(): JsonSchema {
    return this.#asyncApi;
  }
}
