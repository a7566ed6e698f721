import { Body, Controller, HttpCode, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import { readEraseOrder } from '@rolebridge/contracts';
import type { ErasedPerson } from '@rolebridge/contracts';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import type { FastifyRequest } from 'fastify';
import type { ErasureParts } from '../store/erasure.store.ts';
import { eraseByOrder } from '../store/erase-by-order.ts';
import type { NotErasable } from '../store/erase-by-order.ts';
import { isUuid } from '../store/users.store.ts';
import { bodyOf } from './json-body.ts';
import { ERASURE } from './tokens.ts';

const WHY_NOT: Readonly<Record<NotErasable, readonly [404 | 409, string]>> = {
  unknown: [404, 'There is no user with this id.'],
  here: [409, 'This person has not left: delete the user at the identity system (or DELETE /scim/v2/Users/<id>) first, then erase.'],
  erased: [409, 'This person is erased already; rolebridge erasures shows where an account still has to end.'],
};

/** Forgetting somebody at once (L30). */
@Controller('operator/users')
@UseGuards(OperatorGuard)
export class ErasureController {
  readonly #parts: ErasureParts;

  constructor(@Inject(ERASURE) parts: ErasureParts) {
    this.#parts = parts;
  }

  @Post(':id/erase')
  @HttpCode(200)
  @RequireRight('approve')
  async erase(@Param('id') id: string, @Body() body: unknown, @CurrentOperator() operator: Operator, @Req() request: FastifyRequest): Promise<ErasedPerson> {
    const order = readEraseOrder(bodyOf(body).json);
    if (!order.ok) throw problem(400, order.problem);
    if (!isUuid(id)) throw problem(400, 'Name the user by id: a UUID.');
    const correlationId = String(request.headers[CORRELATION_HEADER] ?? request.id);
    const result = await eraseByOrder(this.#parts, id.toLowerCase(), { by: operator.name, reason: order.value.reason, correlationId });
    if (typeof result === 'string') throw problem(...WHY_NOT[result]);
    return result;
  }
}
