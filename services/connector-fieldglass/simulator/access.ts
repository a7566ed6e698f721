import { randomUUID } from 'node:crypto';
import type { Answer } from '@rolebridge/simulator-kit';
import type { FastifyRequest } from 'fastify';
import type { Environment } from './options.ts';
import { scimError } from './scim-messages.ts';

/** Credentials of the REST interfaces: one token at a time, a new one ends the previous (`systems/fieldglass.md` §4.1). */
export class Access {
  readonly #environment: Environment;
  #token: { readonly value: string; readonly endsAtMs: number } | undefined;
  #issued = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get issued(): number {
    return this.#issued;
  }

  /** Ends the token in force. */
  clear(): void {
    this.#token = undefined;
    this.#issued = 0;
  }

  /** `POST …/token?grant_type=client_credentials` with basic credentials. */
  token(request: FastifyRequest): Answer {
    const { virtualPersonName, licenseKey, tokenLifetimeS, nowMs } = this.#environment;
    const expected = `Basic ${Buffer.from(`${virtualPersonName}:${licenseKey}`, 'utf8').toString('base64')}`;
    if (request.headers.authorization !== expected || !this.#hasApplicationKey(request)) return oauthError(401, 'invalid_client');
    if (queryOf(request).get('grant_type') !== 'client_credentials') return oauthError(400, 'unsupported_grant_type');
    this.#issued += 1;
    this.#token = { value: randomUUID(), endsAtMs: nowMs() + tokenLifetimeS * 1_000 };
    return { status: 200, body: JSON.stringify({ access_token: this.#token.value, token_type: 'bearer', expires_in: tokenLifetimeS }) };
  }

  /** Why a call is not let in. */
  refusal(request: FastifyRequest): Answer | undefined {
    const good = this.#token !== undefined && this.#environment.nowMs() < this.#token.endsAtMs && request.headers.authorization === `Bearer ${this.#token.value}`;
    return good && this.#hasApplicationKey(request) ? undefined : scimError(401, 'the token is not valid');
  }

  #hasApplicationKey(request: FastifyRequest): boolean {
    const { applicationKey } = this.#environment;
    return applicationKey === undefined || request.headers['x-applicationkey'] === applicationKey;
  }
}

export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.url, 'http://simulator').searchParams;
}

function oauthError(status: number, error: string): Answer {
  return { status, body: JSON.stringify({ error }) };
}
