import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import { readAuditQuestion, readBulkRedrive, readDeadLetterQuestion, readDismissal } from '@rolebridge/contracts';
import type { Asked, BulkRedriveResult, DeadLetterDetails, DeadLetterPage, DismissalResult, OperatorAudit } from '@rolebridge/contracts';
import { listOrders } from '@rolebridge/persistence';
import type { Database, DeadLetterDesk } from '@rolebridge/persistence';

export const DEAD_LETTERS = Symbol('desk of the dead letters');

export interface DeadLetterParts {
  readonly database: Database;
  readonly desk: DeadLetterDesk;
}

type Parameters = Readonly<Record<string, unknown>>;

/** What could not be judged, and what operators ordered. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class DeadLetterController {
  constructor(@Inject(DEAD_LETTERS) private readonly letters: DeadLetterParts) {}

  @Get('dead-letters')
  @RequireRight('read')
  list(@Query() query: Parameters): Promise<DeadLetterPage> {
    return this.letters.desk.list(answered(readDeadLetterQuestion(query)));
  }

  @Get('dead-letters/:id')
  @RequireRight('read')
  async show(@Param('id') id: string): Promise<DeadLetterDetails> {
    const letter = await this.letters.desk.show(id);
    if (!letter) throw problem(404, 'There is no dead letter with this id here.');
    return letter;
  }

  /** Judges these people anew, by their newest state and the rules of today. */
  @Post('dead-letters/redrive')
  @HttpCode(200)
  @RequireRight('operate')
  redrive(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<BulkRedriveResult> {
    return this.letters.desk.redrive(answered(readBulkRedrive(body)), operator.name);
  }

  /** Closes letters that need nobody; what they are about stays as it is. */
  @Post('dead-letters/dismiss')
  @HttpCode(200)
  @RequireRight('operate')
  dismiss(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<DismissalResult> {
    return this.letters.desk.dismiss(answered(readDismissal(body)), operator.name);
  }

  /** Orders that were carried out here. */
  @Get('audit')
  @RequireRight('read')
  orders(@Query() query: Parameters): Promise<OperatorAudit> {
    return listOrders(this.letters.database, answered(readAuditQuestion(query)));
  }
}

function answered<T>(asked: Asked<T>): T {
  if (!asked.ok) throw problem(400, asked.problem);
  return asked.value;
}
