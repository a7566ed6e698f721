import { Body, Controller, HttpCode, HttpException, Inject, Param, ParseUUIDPipe, Post, Req, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import { readSent } from '@rolebridge/contracts';
import type { PersonOrderKind, PersonOrderResult } from '@rolebridge/contracts';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import type { FastifyRequest } from 'fastify';
import type { InboxParts } from '../store/inbox-parts.ts';
import { orderPerson } from '../store/person-order.ts';
import { bodyOf } from './json-body.ts';
import { INBOX_PARTS } from './tokens.ts';

interface Asked {
  readonly userId: string;
  readonly body: unknown;
  readonly operator: Operator;
  readonly request: FastifyRequest;
}

/** What an operator orders about one person at the front door. */
@Controller('operator/users')
@UseGuards(OperatorGuard)
export class PersonOrderController {
  readonly #parts: InboxParts;

  constructor(@Inject(INBOX_PARTS) parts: InboxParts) {
    this.#parts = parts;
  }

  /** Off everywhere, at once: leavers and locks go first, and no brake holds a lock back (L25). */
  @Post(':userId/lock')
  @HttpCode(200)
  @RequireRight('operate')
  lock(@Param('userId', ParseUUIDPipe) userId: string, @Body() body: unknown, @CurrentOperator() operator: Operator, @Req() request: FastifyRequest): Promise<PersonOrderResult> {
    return this.#order('lock', { userId, body, operator, request });
  }

  @Post(':userId/unlock')
  @HttpCode(200)
  @RequireRight('operate')
  unlock(@Param('userId', ParseUUIDPipe) userId: string, @Body() body: unknown, @CurrentOperator() operator: Operator, @Req() request: FastifyRequest): Promise<PersonOrderResult> {
    return this.#order('unlock', { userId, body, operator, request });
  }

  /** The state as it is, with its generation: readers that have it ignore it (L27). */
  @Post(':userId/republish')
  @HttpCode(200)
  @RequireRight('operate')
  republish(@Param('userId', ParseUUIDPipe) userId: string, @Body() body: unknown, @CurrentOperator() operator: Operator, @Req() request: FastifyRequest): Promise<PersonOrderResult> {
    return this.#order('republish', { userId, body, operator, request });
  }

  async #order(kind: PersonOrderKind, { userId, body, operator, request }: Asked): Promise<PersonOrderResult> {
    const reason = readSent(body === undefined ? undefined : bodyOf(body).json, (sent) => sent.reason());
    if (!reason.ok) throw problem(400, reason.problem);
    const correlationId = String(request.headers[CORRELATION_HEADER]);
    const result = await orderPerson(this.#parts, { kind, userId: userId.toLowerCase(), operator: operator.name, reason: reason.value, correlationId });
    if (result === 'unknown') throw problem(404, 'There is no user with this id.');
    if (result === 'left') throw new HttpException({ type: 'about:blank', title: 'Conflict', status: 409, detail: LEFT }, 409);
    return result;
  }
}

const LEFT = 'This person left already and cannot be locked or unlocked; if an account is still there, look at rolebridge status and rolebridge brake list.';
