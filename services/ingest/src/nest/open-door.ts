import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { CallerBook } from '@rolebridge/access';
import type { Logger } from '@rolebridge/observability';
import { pleaseRepeat } from '../inbound/bounded-writer.ts';
import { guardDoor } from '../inbound/door.ts';
import { readJsonBody } from '../inbound/json-body.ts';
import type { OldPathSystems } from '../old-path-systems.ts';
import type { DoorSettings } from '../settings.ts';
import { ScimExceptionFilter } from './scim-exception.filter.ts';

export interface OpenDoorParts {
  readonly callers: CallerBook;
  readonly door: DoorSettings;
  readonly log: Logger;
  readonly monotonicMs: () => number;
  readonly now: () => Date;
  readonly oldPaths: OldPathSystems;
}

/** The token endpoint's form. */
const MAX_FORM_BYTES = 8192;

/** Body parsers, door keeper and error answers of the SCIM interface. */
export function openDoor(app: NestFastifyApplication, { callers, door, log, monotonicMs, now, oldPaths }: OpenDoorParts): void {
  for (const type of ['application/json', 'application/scim+json', 'application/cloudevents+json', 'application/cloudevents-batch+json']) {
    app.useBodyParser(type, {}, (_request: unknown, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
      try {
        done(null, body.length === 0 ? undefined : readJsonBody(body)); // a DELETE may carry a Content-Type and no body
      } catch (error) {
        done(error instanceof Error ? error : new Error('The body cannot be read.'));
      }
    });
  }
  app.useBodyParser('application/x-www-form-urlencoded', { bodyLimit: MAX_FORM_BYTES }, (_request: unknown, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
    done(null, new URLSearchParams(body.toString('utf8')));
  });
  app.useGlobalFilters(new ScimExceptionFilter(door, log));
  guardDoor(app.getHttpAdapter().getInstance(), { callers, proxies: door.proxies, oldPaths, requestsPerMinute: door.requestsPerMinute, monotonicMs, now, tooMuch: () => pleaseRepeat(door) });
}
