import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import { readBulkRequest, URN } from '@rolebridge/scim';
import type { JsonObject } from '@rolebridge/scim';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IngestSettings } from '../settings.ts';
import { deliveryOf } from '../store/delivery.ts';
import type { Delivery } from '../store/idempotency.store.ts';
import type { GroupWriter } from '../store/groups-writer.ts';
import type { BoundedWriter } from './bounded-writer.ts';
import { bulkPerformer } from './bulk-performer.ts';
import { runBulk } from './bulk-run.ts';
import type { BulkOutcome } from './bulk-run.ts';
import { callerOf } from './door.ts';
import { bodyOf } from './json-body.ts';
import { dialectOf } from './scim-dialect.ts';
import { MAX_BULK_OPERATIONS } from './scim-limits.ts';
import { GROUP_WRITER, SETTINGS, WRITER } from './tokens.ts';
import { baseUrlOf, SCIM_ROOT } from './user-view.ts';

/** Many operations in one request (RFC 7644 §3.7); each stands for itself and is answered for itself. */
@Controller(`${SCIM_ROOT}/Bulk`)
export class BulkController {
  readonly #settings: IngestSettings;
  readonly #writer: BoundedWriter;
  readonly #groupWriter: GroupWriter;

  constructor(@Inject(SETTINGS) settings: IngestSettings, @Inject(WRITER) writer: BoundedWriter, @Inject(GROUP_WRITER) groupWriter: GroupWriter) {
    this.#settings = settings;
    this.#writer = writer;
    this.#groupWriter = groupWriter;
  }

  @Post()
  async run(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const bulk = readBulkRequest(bodyOf(request.body).json, MAX_BULK_OPERATIONS);
    const circumstances = { caller: callerOf(request), correlationId: String(request.headers[CORRELATION_HEADER] ?? request.id), dialect: dialectOf(request) };
    const perform = bulkPerformer({ settings: this.#settings, writer: this.#writer, groupWriter: this.#groupWriter }, circumstances);
    const outcomes = await runBulk(bulk, perform, (at) => deliveryAt(request, at, bulk.operations[at]));
    const baseUrl = baseUrlOf(request, this.#settings.publicUrl);
    void reply.code(200).type('application/scim+json').send({ schemas: [URN.bulkResponse], Operations: outcomes.map((outcome) => shownOf(outcome, baseUrl)) });
  }
}

/** The `Idempotency-Key` of the request holds for each of its operations (L9). */
function deliveryAt(request: FastifyRequest, at: number, operation: unknown): Delivery | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  return deliveryOf({ caller: callerOf(request).name, method: 'BULK', resource: String(at), key }, JSON.stringify(operation));
}

function shownOf({ operation, status, done, error }: BulkOutcome, baseUrl: string): JsonObject {
  const { method, bulkId, path } = operation;
  const location = done ? done.path : method === 'POST' ? undefined : `/${path.replace(/^\//, '')}`;
  return {
    method,
    ...(bulkId !== undefined && { bulkId }),
    ...(location !== undefined && { location: `${baseUrl}${location}` }),
    ...(done && method !== 'DELETE' && { version: done.version }),
    status: String(status),
    ...(error && { response: error }),
  };
}
