import { Body, Controller, Get, HttpCode, HttpException, Inject, Param, Post, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, RequireRight } from '@rolebridge/access/nest';
import type { ReplayList, ReplayStatus } from '@rolebridge/contracts';
import type { Answered } from '@rolebridge/persistence';
import type { Replaying } from '../inbound/replay-wishes.ts';

export const REPLAYING = Symbol('replays of this connector');

/** Reading the wishes of a system again, with the fence on (L27). */
@Controller('operator/replays')
@UseGuards(OperatorGuard)
export class ReplayController {
  constructor(@Inject(REPLAYING) private readonly replaying: Replaying) {}

  @Get()
  @RequireRight('read')
  list(): Promise<ReplayList> {
    return this.replaying.desk.list();
  }

  @Post()
  @HttpCode(200)
  @RequireRight('operate')
  async order(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<ReplayStatus> {
    return answered(await this.replaying.desk.order(body, operator.name));
  }

  @Post(':id/stop')
  @HttpCode(200)
  @RequireRight('operate')
  async stop(@Param('id') id: string, @Body() body: unknown, @CurrentOperator() operator: Operator): Promise<ReplayStatus> {
    return answered(await this.replaying.desk.stop(id, body, operator.name));
  }
}

const TITLES = { 400: 'Bad Request', 404: 'Not Found', 409: 'Conflict' } as const;

function answered<T>(answer: Answered<T>): T {
  if (answer.ok) return answer.value;
  throw new HttpException({ type: 'about:blank', title: TITLES[answer.status], status: answer.status, detail: answer.problem }, answer.status);
}
