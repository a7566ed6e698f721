import { CORRELATION_HEADER } from '@rolebridge/observability';
import { ScimError } from '@rolebridge/scim';
import type { FastifyRequest } from 'fastify';
import type { Change } from '../decide/change.ts';
import type { Command } from '../store/change-writer.ts';
import { deliveryOf } from '../store/delivery.ts';
import type { Delivery } from '../store/idempotency.store.ts';
import { callerOf } from './door.ts';
import { bodyOf } from './json-body.ts';

const KEY_MAX_LENGTH = 255;

/** A change as this request asks for it: by whom, under which correlation id and key. */
export function commandOf(request: FastifyRequest, change: Change, userId?: string): Omit<Command, 'deadlineMs'> {
  return { change, ...circumstancesOf(request), ...(userId !== undefined && { userId }) };
}

/** What is asked along with every change. */
export interface RequestCircumstances {
  readonly by: string;
  readonly correlationId: string;
  readonly ifMatch?: string;
  readonly delivery?: Delivery;
}

export function circumstancesOf(request: FastifyRequest): RequestCircumstances {
  const ifMatch = request.headers['if-match'];
  const delivery = deliveryFrom(request);
  return {
    by: callerOf(request).name,
    correlationId: headerOf(request, CORRELATION_HEADER) ?? request.id,
    ...(ifMatch !== undefined && { ifMatch }),
    ...(delivery && { delivery }),
  };
}

/** The `:id` of the path. */
export function idOf(request: FastifyRequest): string {
  const { params } = request;
  const id: unknown = typeof params === 'object' && params !== null && 'id' in params ? params.id : '';
  return String(id);
}

/** The header `Idempotency-Key`, scoped to caller, method and resource (L9). */
function deliveryFrom(request: FastifyRequest): Delivery | undefined {
  const key = headerOf(request, 'idempotency-key');
  if (key === undefined || key === '') return undefined;
  if (key.length > KEY_MAX_LENGTH) throw ScimError.of('invalidValue', `The header Idempotency-Key must have at most ${KEY_MAX_LENGTH} characters.`);
  const body = request.body === undefined || request.body === null ? Buffer.alloc(0) : bodyOf(request.body).bytes;
  return deliveryOf({ caller: callerOf(request).name, method: request.method, resource: request.url.split('?')[0] ?? '', key }, body);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
