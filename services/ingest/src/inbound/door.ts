import type { Caller, CallerBook } from '@rolebridge/access';
import type { ScimError } from '@rolebridge/scim';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OldPathSystems } from '../old-path-systems.ts';
import { admission, callerCheck, unauthorized } from './caller-check.ts';
import { demand, needOf } from './door-area.ts';
import { peerReader, type ProxySettings } from './peer.ts';
import { answerUnserved } from './scim-served.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set before anything else is looked at. */
    caller?: Caller;
  }
}

export interface DoorParts {
  readonly callers: CallerBook;
  readonly proxies: ProxySettings;
  /** The system that each of the old paths belongs to. */
  readonly oldPaths: OldPathSystems;
  /** Of callers without a limit of their own; 0 = no limit. */
  readonly requestsPerMinute: number;
  readonly monotonicMs: () => number;
  readonly now: () => Date;
  /** The answer while too many bodies are being worked, or nobody can be judged. */
  readonly tooMuch: () => ScimError;
}

/** Bodies being worked at once, bytes: bounds the memory that callers can take. */
const MAX_BYTES_IN_WORK = 64 * 1024 * 1024;
/** No body becomes larger than this. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Looks at every request of a caller before its body is read: who calls, with which right, how often. Hooks of Fastify
 * instead of guards of Nest: a stranger's body is never parsed.
 */
export function guardDoor(fastify: FastifyInstance, parts: DoorParts): void {
  const whoCalls = callerCheck(parts.callers, peerReader(parts.proxies, parts.now), parts.tooMuch);
  const admit = admission(parts.requestsPerMinute, parts.monotonicMs);
  const reserve = bodyLimit(parts.tooMuch);
  const needed = needOf(parts.oldPaths);
  fastify.addHook('onRequest', async (request, reply) => {
    const need = needed(request);
    if (!need) return;
    const caller = await whoCalls(request);
    demand(caller, need);
    admit(caller);
    reserve(request, reply);
    request.caller = caller;
  });
  answerUnserved(fastify);
}

/** The caller that the door let in. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw unauthorized();
  return request.caller;
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
