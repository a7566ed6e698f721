import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { problem, PROBLEM_TYPE } from '@rolebridge/access/nest';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import type { Logger } from '@rolebridge/observability';
import { isConnectionError } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pleaseRepeat } from '../inbound/bounded-writer.ts';
import { speaksScim } from '../inbound/door-area.ts';
import type { DoorSettings } from '../settings.ts';

const UNFORESEEN = 'Something went wrong here; the log of this service knows more.';

/** Every error of the SCIM interface is answered in SCIM's own form (RFC 7644 §3.12), elsewhere as a JSON problem (RFC 9457). */
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
    if (speaksScim(request)) {
      const answer = this.#scimErrorOf(error, request);
      void reply.code(answer.status).headers(answer.headers).type('application/scim+json').send(answer.body());
    } else {
      const answer = this.#problemOf(error, request);
      const headers = error instanceof ScimError ? error.headers : {};
      void reply.code(answer.getStatus()).headers(headers).type(PROBLEM_TYPE).send(answer.getResponse());
    }
  }

  #problemOf(error: unknown, request: FastifyRequest): HttpException {
    if (error instanceof ScimError) return problemOfStatus(error.status, error.message);
    if (error instanceof HttpException) return isProblem(error) ? error : problemOfStatus(error.getStatus(), errorOfStatus(error.getStatus())?.message ?? error.message);
    if (isConnectionError(error)) return problem(503, 'The database cannot be reached at the moment.');
    this.#report(error, request);
    return problemOfStatus(500, UNFORESEEN);
  }

  #scimErrorOf(error: unknown, request: FastifyRequest): ScimError {
    if (error instanceof ScimError) return error;
    if (isConnectionError(error)) return pleaseRepeat(this.#door);
    const known = error instanceof HttpException ? errorOfStatus(error.getStatus()) : undefined;
    if (known) return known;
    this.#report(error, request);
    return ScimError.plain(500, UNFORESEEN);
  }

  #report(error: unknown, request: FastifyRequest): void {
    this.#log.error({ err: error, route: request.routeOptions.url, correlationId: request.headers[CORRELATION_HEADER] }, 'a request failed for a reason nobody foresaw');
  }
}

function problemOfStatus(status: number, detail: string): HttpException {
  return new HttpException({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }, status);
}

/** Whether it was made as a problem; Fastify's and Nest's own errors were not. */
function isProblem(error: HttpException): boolean {
  const response: unknown = error.getResponse();
  return typeof response === 'object' && response !== null && 'detail' in response;
}

/** Errors that Fastify or Nest found before a controller ran. */
function errorOfStatus(status: number): ScimError | undefined {
  if (status === 400) return ScimError.of('invalidSyntax', 'The request is not well formed.');
  if (status === 404) return ScimError.plain(404, 'There is nothing at this address.');
  if (status === 413) return ScimError.plain(413, 'The body is larger than 1 MB.');
  return status === 415 ? ScimError.plain(415, 'The body is of a type that is not read here; send application/json or application/scim+json.') : undefined;
}
