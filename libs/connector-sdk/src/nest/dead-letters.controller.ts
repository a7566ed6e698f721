import { BadRequestException, Body, Controller, Get, HttpCode, Inject, NotFoundException, Param, Post, Query, UseFilters, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, RequireRight } from '@rolebridge/access/nest';
import { type Asked, type BulkRedriveResult, type DeadLetterDetails, type DeadLetterPage, type DismissalResult, type OperatorAudit, readAuditQuestion, readBulkRedrive, readDeadLetterQuestion, readDismissal } from '@rolebridge/contracts';
import type { Logger } from '@rolebridge/observability';
import { type Database, type DeadLetterDesk, listOrders } from '@rolebridge/persistence';
import { AUDIT_LOG, DATABASE, ProblemFilter } from './connector.controllers.ts';

export const DEAD_LETTERS = Symbol('dead letters of this process');

type Parameters = Readonly<Record<string, unknown>>;

/** What could not be applied, and what operators ordered. */
@Controller('operator')
@UseGuards(OperatorGuard)
@UseFilters(ProblemFilter)
export class DeadLetterController {
  constructor(
    @Inject(DEAD_LETTERS) private readonly desk: DeadLetterDesk,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(AUDIT_LOG) private readonly audit: Logger,
  ) {}

  @Get('dead-letters')
  @RequireRight('read')
  list(@Query() query: Parameters): Promise<DeadLetterPage> {
    return this.desk.list(answered(readDeadLetterQuestion(query)));
  }

  @Get('dead-letters/:id')
  @RequireRight('read')
  async show(@Param('id') id: string): Promise<DeadLetterDetails> {
    const letter = await this.desk.show(id);
    if (!letter) throw new NotFoundException('There is no dead letter with this id here.');
    return letter;
  }

  /** Makes the newest wishes due again, of all letters that fit and are open. */
  @Post('dead-letters/redrive')
  @HttpCode(200)
  @RequireRight('operate')
  async redrive(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<BulkRedriveResult> {
    const order = answered(readBulkRedrive(body));
    const result = await this.desk.redrive(order, operator.name);
    if (!result.dryRun) this.audit.info({ order: 'redrive', operator: operator.name, filter: order.filter, reason: order.reason, redriven: result.redriven.length }, 'An operator gave an order.');
    return result;
  }

  /** Closes letters that need nobody; their links stay as they are. */
  @Post('dead-letters/dismiss')
  @HttpCode(200)
  @RequireRight('operate')
  async dismiss(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<DismissalResult> {
    const order = answered(readDismissal(body));
    const result = await this.desk.dismiss(order, operator.name);
    this.audit.info({ order: 'dismiss', operator: operator.name, reason: order.reason, dismissed: result.dismissed.length }, 'An operator gave an order.');
    return result;
  }

  /** Orders that were carried out here. */
  @Get('audit')
  @RequireRight('read')
  orders(@Query() query: Parameters): Promise<OperatorAudit> {
    return listOrders(this.database, answered(readAuditQuestion(query)));
  }
}

function answered<T>(asked: Asked<T>): T {
  if (!asked.ok) throw new BadRequestException(asked.problem);
  return asked.value;
}
