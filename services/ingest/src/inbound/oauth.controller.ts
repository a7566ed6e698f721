import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { CallerBook } from '@rolebridge/access';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestSettings } from '../settings.ts';
import { clientOf, type OAuthError } from './oauth-request.ts';
import { peerReader, type Peer } from './peer.ts';
import { CALLERS, SETTINGS } from './tokens.ts';

/** The token endpoint for callers without an issuer of their own: client credentials only (RFC 6749 §4.4). */
@Controller('oauth2')
export class OAuthController {
  readonly #callers: CallerBook;
  readonly #peerOf: (request: FastifyRequest) => Peer;

  constructor(@Inject(CALLERS) callers: CallerBook, @Inject(SETTINGS) settings: IngestSettings) {
    this.#callers = callers;
    this.#peerOf = peerReader(settings.door.proxies, () => new Date());
  }

  @Post('token')
  async token(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    void reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' });
    const client = clientOf(request.headers.authorization, request.body);
    if ('error' in client) return refuse(reply, client);
    const issued = await this.#issue(client.candidates, this.#peerOf(request).source);
    if ('token' in issued) return answer(reply, { access_token: issued.token, token_type: 'Bearer', expires_in: issued.seconds, scope: issued.caller.rights.join(' ') });
    if (issued.retryAfterSeconds !== undefined) void reply.header('retry-after', String(issued.retryAfterSeconds)).code(429);
    refuse(reply, { status: issued.retryAfterSeconds === undefined ? 401 : 429, error: 'invalid_client', error_description: 'The client id or secret is missing or wrong.' });
  }

  /** Clients differ in whether they percent-encode id and secret within basic authentication (RFC 6749 §2.3.1). */
  async #issue(candidates: readonly (readonly [id: string, secret: string])[], source: string): ReturnType<CallerBook['issue']> {
    let issued: Awaited<ReturnType<CallerBook['issue']>> = {};
    for (const [id, secret] of candidates) {
      issued = await this.#callers.issue(id, secret, source);
      if ('token' in issued) break;
    }
    return issued;
  }
}

function answer(reply: FastifyReply, body: object): void {
  void reply.code(200).type('application/json').send(body);
}

function refuse(reply: FastifyReply, { status, ...body }: OAuthError): void {
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="rolebridge", charset="UTF-8"');
  void reply.code(status).type('application/json').send(body);
}
