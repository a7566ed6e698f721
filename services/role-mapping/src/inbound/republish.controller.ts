import { Body, Controller, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, RequireRight, problem } from '@rolebridge/access/nest';
import { readSent } from '@rolebridge/contracts';
import type { Republished } from '@rolebridge/contracts';
import type { Database } from '@rolebridge/persistence';

import { republish } from '../store/republish.ts';

export const REPUBLISHING = Symbol('what is emitted again');

export interface Republishing {
  readonly database: Database;
  readonly topicPrefix: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Emitting accounts again as they were published (L27). */
@Controller('operator')
@UseGuards(OperatorGuard)
export class RepublishController {
  constructor(@Inject(REPUBLISHING) private readonly parts: Republishing) {}

  @Post('republish')
  @HttpCode(200)
  @RequireRight('operate')
  all(@Body() body: unknown, @CurrentOperator() operator: Operator, @Query('after') after?: string): Promise<Republished> {
    if (after !== undefined && !UUID.test(after)) throw problem(400, 'The parameter after must be the id that the last call gave as next.');
    return republish(this.parts.database, { ...this.#order(body, operator), ...(after !== undefined && { after }) });
  }

  @Post('users/:userId/republish')
  @HttpCode(200)
  @RequireRight('operate')
  async one(@Param('userId', ParseUUIDPipe) userId: string, @Body() body: unknown, @CurrentOperator() operator: Operator): Promise<Republished> {
    const result = await republish(this.parts.database, { ...this.#order(body, operator), userId: userId.toLowerCase() });
    if (result.published === 0) throw problem(404, 'Nobody with this user id has an account here, or ever had.');
    return result;
  }

  #order(body: unknown, { name }: Operator) {
    const reason = readSent(body, (sent) => sent.reason());
    if (!reason.ok) throw problem(400, reason.problem);
    return { operator: name, reason: reason.value, topicPrefix: this.parts.topicPrefix };
  }
}
