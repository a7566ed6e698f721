import { KeysUnavailableError, type Caller, type CallerBook, type CallerLimit, type Verdict } from '@rolebridge/access';
import { ScimError } from '@rolebridge/scim';
import type { FastifyRequest } from 'fastify';
import { takeOne } from '../decide/allowance.ts';
import type { Allowance } from '../decide/allowance.ts';
import type { Peer } from './peer.ts';

const BASIC = 'Basic realm="rolebridge", charset="UTF-8"';
const WRONG = 'The credentials are missing or wrong.';

/** What a stranger is told (RFC 7617 §2, RFC 6750 §3: the code only for a token that is no good). */
export function unauthorized(offered: 'nothing' | 'token' | 'other' = 'nothing'): ScimError {
  const error = offered === 'token' ? ', error="invalid_token", error_description="The token is unknown, expired or not for here."' : '';
  return ScimError.plain(401, WRONG, { 'www-authenticate': `Bearer realm="rolebridge"${error}, ${BASIC}` });
}

/**
 * Who sends a request, by header or certificate.
 *
 * @param unavailable the answer while an issuer's keys cannot be read
 * @throws ScimError 401, or 429 for a crowd of wrong credentials
 */
export function callerCheck(book: CallerBook, peerOf: (request: FastifyRequest) => Peer, unavailable: () => ScimError): (request: FastifyRequest) => Promise<Caller> {
  return async (request) => {
    const verdict = await book.identify({ authorization: request.headers.authorization, ...peerOf(request) }).catch((error: unknown): never => {
      throw error instanceof KeysUnavailableError ? unavailable() : error;
    });
    return callerOfVerdict(verdict);
  };
}

function callerOfVerdict(verdict: Verdict): Caller {
  if (verdict.kind === 'known') return verdict.caller;
  if (verdict.retryAfterSeconds === undefined) throw unauthorized(verdict.offered);
  throw tooMany('Too many wrong credentials from this address; please wait.', verdict.retryAfterSeconds);
}

/**
 * How often a caller may come: as its entry says, else as the service is set.
 *
 * @param perMinute of callers without a limit of their own; 0 = no limit
 * @throws ScimError 429
 */
export function admission(perMinute: number, monotonicMs: () => number): (caller: Caller) => void {
  const allowances = new Map<string, Allowance>();
  return ({ name, limit = limitOf(perMinute) }) => {
    if (!limit) return;
    const { allowance, retryAfterSeconds } = takeOne(allowances.get(name), monotonicMs(), limit);
    allowances.set(name, allowance);
    if (retryAfterSeconds !== undefined) throw tooMany(`More than ${limit.perMinute} requests a minute, or ${limit.burst} at once; please wait.`, retryAfterSeconds);
  };
}

function limitOf(perMinute: number): CallerLimit | undefined {
  return perMinute === 0 ? undefined : { perMinute, burst: perMinute };
}

function tooMany(detail: string, retryAfterSeconds: number): ScimError {
  return ScimError.plain(429, detail, { 'retry-after': String(retryAfterSeconds) });
}
