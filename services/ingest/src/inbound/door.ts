import type { Authenticator, Caller } from '@rolebridge/access';
import { ScimError } from '@rolebridge/scim';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { takeOne } from '../decide/allowance.ts';
import type { Allowance } from '../decide/allowance.ts';
import { demand, needOf } from './door-area.ts';
import { answerUnserved } from './scim-served.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set before anything else is looked at. */
    caller?: Caller;
  }
}

export interface DoorParts {
  readonly callers: Authenticator<Caller>;
  /** 0 = no limit. */
  readonly requestsPerMinute: number;
  readonly monotonicMs: () => number;
  /** The answer while too many bodies are being worked. */
  readonly tooMuch: () => ScimError;
}

/** Bodies being worked at once, bytes: bounds the memory that callers can take. */
const MAX_BYTES_IN_WORK = 64 * 1024 * 1024;
/** No body becomes larger than this. */
const MAX_BODY_BYTES = 1024 * 1024;

const CHALLENGE = 'Bearer realm="rolebridge", Basic realm="rolebridge", charset="UTF-8"';

/**
 * Looks at every request of a caller before its body is read: who calls, with which right, how often. Hooks of Fastify
 * instead of guards of Nest: a stranger's body is never parsed.
 */
export function guardDoor(fastify: FastifyInstance, parts: DoorParts): void {
  const admit = admission(parts);
  const reserve = bodyLimit(parts.tooMuch);
  const needed = needOf({});
  fastify.addHook('onRequest', async (request, reply) => {
    const need = needed(request);
    if (!need) return;
    const caller = await parts.callers.authenticate(request.headers.authorization);
    if (!caller) throw ScimError.plain(401, 'The credentials are missing or wrong.', { 'www-authenticate': CHALLENGE });
    demand(caller, need);
    admit(caller);
    reserve(request, reply);
    request.caller = caller;
  });
  answerUnserved(fastify);
}

/** The caller that the door let in. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw ScimError.plain(401, 'The credentials are missing or wrong.', { 'www-authenticate': CHALLENGE });
  return request.caller;
}

function admission({ requestsPerMinute, monotonicMs }: DoorParts): (caller: Caller) => void {
  const allowances = new Map<string, Allowance>();
  return ({ name }) => {
    if (requestsPerMinute === 0) return;
    const { allowance, retryAfterSeconds } = takeOne(allowances.get(name), monotonicMs(), requestsPerMinute);
    allowances.set(name, allowance);
    if (retryAfterSeconds !== undefined) {
      throw ScimError.plain(429, `More than ${requestsPerMinute} requests a minute; please wait.`, { 'retry-after': String(retryAfterSeconds) });
    }
  };
}

/** Keeps count of the bodies of callers that were let in, until they are answered. */
function bodyLimit(tooMuch: () => ScimError): (request: FastifyRequest, reply: FastifyReply) => void {
  let inWork = 0;
  return (request, reply) => {
    const length = Number(request.headers['content-length'] ?? (request.headers['transfer-encoding'] ? MAX_BODY_BYTES : 0));
    const bytes = Math.min(MAX_BODY_BYTES, length);
    if (inWork + bytes > MAX_BYTES_IN_WORK) throw tooMuch();
    inWork += bytes;
    reply.raw.once('close', () => {
      inWork -= bytes;
    });
  };
}
