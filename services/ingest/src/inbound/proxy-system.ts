import { DEFAULT_PROXY } from '@rolebridge/landscape';
import type { Landscape, ProxySettings } from '@rolebridge/landscape';
import { ScimError } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { backEndOf } from '../decide/back-ends.ts';
import type { BackEnd, Method } from '../decide/back-ends.ts';

/** One system as the proxy API serves it. */
export interface ProxySystem {
  readonly name: string;
  readonly backEnd: BackEnd;
  readonly settings: ProxySettings;
}

export type ProxySystems = ReadonlyMap<string, ProxySystem>;

export function proxySystems({ systems }: Landscape): ProxySystems {
  return new Map(systems.map(({ name, kind, proxy }) => [name, { name, backEnd: backEndOf(kind), settings: { ...DEFAULT_PROXY, ...proxy } }]));
}

/** Where the proxy API begins: today's address, then those of older environments (systems sheet of the proxy API, §2). */
export const PROXY_PATHS = ['ipsproxy/service/api/v1/scim/:system', 'ipsproxy/api/v1/scim/:system', 'ipsproxy/certapi/v1/scim/:system'] as const;

export type ProxyResource = 'users' | 'groups';

/**
 * The system that a request is for, if it serves this method.
 *
 * @throws ScimError 404 for a system that is not configured, 405 for a method that this back end does not have, 501 where nothing can be read
 */
export function servedSystem(systems: ProxySystems, request: FastifyRequest, reply: FastifyReply, resource: ProxyResource): ProxySystem {
  const system = proxySystem(systems, request);
  const allowed = system.backEnd[resource];
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (!allowed.some((one) => one === method)) throw refusedMethod(method, allowed, reply);
  if (method === 'GET') checkReadable(system);
  return system;
}

/** @throws ScimError 404 for a system that is not configured */
export function proxySystem(systems: ProxySystems, request: FastifyRequest): ProxySystem {
  const system = systems.get(parameterOf(request, 'system'));
  if (!system) throw ScimError.plain(404, 'There is no system with this name.');
  return system;
}

function refusedMethod(method: string, allowed: readonly Method[], reply: FastifyReply): ScimError {
  const allow = allowed.join(', ');
  void reply.header('allow', allow);
  return ScimError.plain(405, `This system is not written by ${method}; it takes ${allow}.`, { allow });
}

/** Never a list made of our own wishes. @throws ScimError 501 */
export function checkReadable({ backEnd: { unreadable } }: ProxySystem): void {
  if (unreadable !== undefined) throw ScimError.plain(501, unreadable);
}

export function parameterOf({ params }: FastifyRequest, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** The absolute address of this system, in the form in which the caller called it. */
export function proxyBaseOf(request: FastifyRequest, publicUrl: string | undefined): string {
  const [path = ''] = request.url.split('?');
  const below = /^\/ipsproxy\/(?:service\/api|api|certapi)\/v1\/scim\/[^/]+/.exec(path)?.[0] ?? '';
  return `${publicUrl ?? `${request.protocol}://${request.host}`}${below}`;
}
