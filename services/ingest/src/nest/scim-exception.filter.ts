import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Logger } from '@rolebridge/observability';
import { isConnectionError } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pleaseRepeat } from '../inbound/bounded-writer.ts';
import { isScim } from '../inbound/door.ts';
import type { DoorSettings } from '../settings.ts';

/** Every error of the SCIM interface is answered in SCIM's own form (RFC 7644 §3.12); elsewhere Nest's answer stands. */
@Catch()
export class ScimExceptionFilter implements ExceptionFilter {
  readonly #door: DoorSettings;
  readonly #log: Logger;

  constructor(door: DoorSettings, log: Logger) {
    this.#door = door;
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!isScim(request.url) && error instanceof HttpException) {
      void reply.code(error.getStatus()).send(error.getResponse());
      return;
    }
    const answer = this.#scimErrorOf(error, request);
    void reply.code(answer.status).headers(answer.headers).type('application/scim+json').send(answer.body());
  }

  #scimErrorOf(error: unknown, request: FastifyRequest): ScimError {
    if (error instanceof ScimError) return error;
    if (isConnectionError(error)) return pleaseRepeat(this.#door);
    const known = error instanceof HttpException ? errorOfStatus(error.getStatus()) : undefined;
    if (known) return known;
    this.#log.error({ err: error, route: request.routeOptions.url, correlationId: request.headers['x-correlation-id'] }, 'a request failed for a reason nobody foresaw');
    return ScimError.plain(500, 'Something went wrong here; nothing was stored. The log of this service knows more.');
  }
}

/** Errors that Fastify or Nest found before a controller ran. */
function errorOfStatus(status: number): ScimError | undefined {
  if (status === 400) return ScimError.of('invalidSyntax', 'The request is not well formed.');
  if (status === 404) return ScimError.plain(404, 'There is nothing at this address.');
  if (status === 413) return ScimError.plain(413, 'The body is larger than 1 MB.');
  return status === 415 ? ScimError.plain(415, 'The body must be application/scim+json or application/json.') : undefined;
}
