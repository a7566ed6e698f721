import { ScimError } from '@rolebridge/scim';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SCIM_ROOT } from './user-view.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const ALL: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const COLLECTION = ['GET', 'POST'] as const;
const RESOURCE = ['GET', 'PUT', 'PATCH', 'DELETE'] as const;
const READ_ONLY = ['GET'] as const;

/** Paths that exist, with the methods that are served (RFC 7644 §3.2, table 2). */
const SERVED: readonly (readonly [path: string, methods: readonly Method[]])[] = [
  ['/Users', COLLECTION],
  ['/Users/:id', RESOURCE],
  ['/Groups', COLLECTION],
  ['/Groups/:id', RESOURCE],
  ['/Users/.search', ['POST']],
  ['/Groups/.search', ['POST']],
  ['/.search', ['POST']],
  ['/Bulk', ['POST']],
  ['/ServiceProviderConfig', READ_ONLY],
  ['/ResourceTypes', READ_ONLY],
  ['/ResourceTypes/:id', READ_ONLY],
  ['/Schemas', READ_ONLY],
  ['/Schemas/:id', READ_ONLY],
];

/** Parts of RFC 7644 that are not served: said so, never a fake success. Whoever calls is a system and no user, so nobody is `/Me` (§3.11). */
const NOT_IMPLEMENTED = ['/Me'];

/** Answers the methods and paths that no controller serves. */
export function answerUnserved(fastify: FastifyInstance): void {
  for (const [path, methods] of SERVED) {
    const others = ALL.filter((method) => !methods.includes(method));
    fastify.route({ method: others, url: SCIM_ROOT + path, handler: refuseMethod(methods) });
  }
  for (const path of NOT_IMPLEMENTED) fastify.route({ method: [...ALL], url: SCIM_ROOT + path, handler: notImplemented });
}

function refuseMethod(methods: readonly Method[]) {
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<never> => {
    throw ScimError.plain(405, `${request.method} is not served here.`, { allow: methods.join(', ') });
  };
}

async function notImplemented(): Promise<never> {
  throw ScimError.plain(501, 'This part of SCIM is not served; see /ServiceProviderConfig.');
}
