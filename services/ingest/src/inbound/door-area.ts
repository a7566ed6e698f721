import type { Caller, CallerResource, Need } from '@rolebridge/access';
import { forbidden } from '@rolebridge/access';
import { ScimError } from '@rolebridge/scim';
import type { FastifyRequest } from 'fastify';
import type { OldPathSystems } from '../old-path-systems.ts';
import { oldPathOf } from './old-path.ts';
import { SCIM_ROOT } from './user-view.ts';

/** The documents that describe this interface to machines. */
export const DOCUMENT_PATHS = ['/openapi.json', '/asyncapi.json'] as const;
/** Where CloudEvents are posted. */
export const EVENTS_PATH = '/events';
/** What all forms of the proxy API begin with. */
export const PROXY_ROOT = '/ipsproxy';

/** What a request needs of its caller; `undefined` where this door does not stand (operators, probes, token endpoint, nothing at all). */
export type NeedOf = (request: FastifyRequest) => Need | undefined;

/**
 * Judged by the route that the router found, never by the address as it was written: `/%73cim/v2/Users` is `/scim/v2/Users`.
 *
 * @param oldSystems which system each of the old paths belongs to
 */
export function needOf(oldSystems: OldPathSystems): NeedOf {
  return (request) => {
    const route = request.routeOptions.url;
    if (route === undefined) return undefined;
    const right = rightOf(request.method, route);
    if (isBelow(route, SCIM_ROOT)) return { right, ...resourceOf(route) };
    if (isBelow(route, PROXY_ROOT)) return { right, resource: 'proxy', system: parameterOf(request, 'system') };
    if (route === EVENTS_PATH) return { right, resource: 'events' };
    if (DOCUMENT_PATHS.some((path) => path === route)) return { right };
    return oldNeed(request, oldSystems);
  };
}

function oldNeed(request: FastifyRequest, oldSystems: OldPathSystems): Need | undefined {
  if (request.routeOptions.url !== '/*') return undefined;
  const old = oldPathOf(parameterOf(request, '*'));
  return old && { right: 'write', resource: 'old-paths', system: oldSystems[old.path] ?? old.path };
}

/** A search is reading, although it is a POST (RFC 7644 §3.4.3). */
function rightOf(method: string, route: string): Need['right'] {
  return method === 'GET' || method === 'HEAD' || route.endsWith('/.search') ? 'read' : 'write';
}

const RESOURCES: readonly (readonly [path: string, resource: CallerResource])[] = [
  [`${SCIM_ROOT}/Users`, 'users'],
  [`${SCIM_ROOT}/Groups`, 'groups'],
];

function resourceOf(route: string): { readonly resource?: CallerResource } {
  const found = RESOURCES.find(([path]) => isBelow(route, path));
  return found ? { resource: found[1] } : {};
}

function isBelow(route: string, root: string): boolean {
  return route === root || route.startsWith(`${root}/`);
}

/** Whether errors are told in SCIM's form (RFC 7644 §3.12); the other parts tell a JSON problem (RFC 9457). */
export function speaksScim(request: FastifyRequest): boolean {
  const route = request.routeOptions.url;
  if (route !== undefined && route !== '/*') return isBelow(route, SCIM_ROOT) || isBelow(route, PROXY_ROOT);
  return isScimAddress(request.url) || oldPathOf(parameterOf(request, '*')) !== undefined;
}

/** Whether an address as written lies in the interfaces that speak SCIM. */
export function isScimAddress(address: string): boolean {
  const [path = ''] = address.split('?');
  return isBelow(path, SCIM_ROOT) || isBelow(path, PROXY_ROOT);
}

function parameterOf({ params }: FastifyRequest, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** Refuses what a caller may not do; also for what only the body tells, such as the operations of a bulk request. @throws ScimError 403 */
export function demand(caller: Caller, need: Need): void {
  const reason = forbidden(caller, need);
  if (reason !== undefined) throw ScimError.plain(403, reason, { 'www-authenticate': 'Bearer realm="rolebridge", error="insufficient_scope"' });
}
