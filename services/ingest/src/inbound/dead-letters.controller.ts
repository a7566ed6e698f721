import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import { readAuditQuestion, readBulkRedrive, readDeadLetterQuestion, readDismissal } from '@rolebridge/contracts';
import type { Asked, BulkRedriveResult, DeadLetterDetails, DeadLetterPage, DismissalResult, OperatorAudit } from '@rolebridge/contracts';
import { listOrders } from '@rolebridge/persistence';
import type { DeadLetterDesk } from '@rolebridge/persistence';
import type { InboxParts } from '../store/inbox-parts.ts';
import { bodyOf } from './json-body.ts';
import { INBOX_PARTS } from './tokens.ts';

export const DEAD_LETTERS = Symbol('dead letters of the front door');

type Parameters = Readonly<Record<string, unknown>>;

/** Change events that were refused or wait, and what operators ordered. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class DeadLetterController {
  readonly #desk: DeadLetterDesk;
  readonly #parts: InboxParts;

  constructor(@Inject(DEAD_LETTERS) desk: DeadLetterDesk, @Inject(INBOX_PARTS) parts: InboxParts) {
    this.#desk = desk;
    this.#parts = parts;
  }

  @Get('dead-letters')
  @RequireRight('read')
  list(@Query() query: Parameters): Promise<DeadLetterPage> {
    return this.#desk.list(answered(readDeadLetterQuestion(query)));
  }

  @Get('dead-letters/:id')
  @RequireRight('read')
  async show(@Param('id') id: string): Promise<DeadLetterDetails> {
    const letter = await this.#desk.show(id);
    if (!letter) throw problem(404, 'There is no dead letter with this id here.');
    return letter;
  }

  /** Works the lines again in which these changes wait, in order (L2). */
  @Post('dead-letters/redrive')
  @HttpCode(200)
  @RequireRight('operate')
  redrive(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<BulkRedriveResult> {
    return this.#desk.redrive(answered(readBulkRedrive(bodyOf(body).json)), operator.name);
  }

  /** Closes letters that need nobody; what they are about stays as it is. */
  @Post('dead-letters/dismiss')
  @HttpCode(200)
  @RequireRight('operate')
  dismiss(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<DismissalResult> {
    return this.#desk.dismiss(answered(readDismissal(bodyOf(body).json)), operator.name);
  }

  /** Orders that were carried out here. */
  @Get('audit')
  @RequireRight('read')
  orders(@Query() query: Parameters): Promise<OperatorAudit> {
    return listOrders(this.#parts.database, answered(readAuditQuestion(query)));
  }
}

function answered<T>(asked: Asked<T>): T {
  if (!asked.ok) throw problem(400, asked.problem);
  return asked.value;
}
