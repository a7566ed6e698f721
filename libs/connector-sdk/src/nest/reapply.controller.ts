import { Body, ConflictException, Controller, Get, HttpCode, Inject, NotFoundException, Post, UseFilters, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, readOrRefuse, RequireRight } from '@rolebridge/access/nest';
import { readReapplyOrder, readReapplyStop, type ReapplyList, type ReapplyOrder, type ReapplyStatus } from '@rolebridge/contracts';
import type { Database, DueTimer } from '@rolebridge/persistence';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { listReapplies, reapplyOne, startReapply, stopReapply } from '../store/reapply.ts';
import { DATABASE, ProblemFilter, RUNTIMES } from './connector.controllers.ts';

export const REAPPLYING = Symbol('reapplying');

/** Looking at accounts again (L27). */
@Controller('operator/reapply')
@UseGuards(OperatorGuard)
@UseFilters(ProblemFilter)
export class ReapplyController {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(DATABASE) private readonly database: Database,
    @Inject(REAPPLYING) private readonly reapplying: DueTimer,
  ) {}

  @Get()
  @RequireRight('read')
  async list(): Promise<ReapplyList> {
    return { reapplies: await listReapplies(this.database, this.#systems()) };
  }

  @Post()
  @HttpCode(200)
  @RequireRight('operate')
  async order(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<ReapplyStatus> {
    const order = readOrRefuse(readReapplyOrder(body, this.#systems()));
    return order.userId === undefined ? this.#everybody(order, operator.name) : this.#one(order, operator.name);
  }

  @Post('stop')
  @HttpCode(200)
  @RequireRight('operate')
  async stop(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<ReapplyStatus> {
    const order = readOrRefuse(readReapplyStop(body, this.#systems()));
    const stopped = await stopReapply(this.database, order, operator.name);
    if (!stopped) throw new ConflictException(`No reapply of ${order.system} is under way.`);
    return stopped;
  }

  async #everybody(order: ReapplyOrder, operator: string): Promise<ReapplyStatus> {
    const started = await startReapply(this.database, order, operator);
    if (!started) throw new ConflictException(`A reapply of ${order.system} is under way already; wait for its end, or stop it.`);
    this.reapplying.wake();
    return started;
  }

  async #one(order: ReapplyOrder, operator: string): Promise<ReapplyStatus> {
    const { system, userId } = order;
    const result = await reapplyOne(this.database, order, operator);
    if (result === 'unknown') throw new NotFoundException(`${system} does not know user ${userId}.`);
    if (result === 'applying') throw new ConflictException(`User ${userId} is being applied at ${system} right now; look at the status in a few seconds.`);
    if (result === 'held') throw new ConflictException(`The brake holds a change of user ${userId} at ${system}; release or drop it first.`);
    this.runtimes.find((runtime) => runtime.system.name === system)?.wake();
    return { system, people: 1, done: 1, running: false, operator, startedAt: new Date().toISOString() };
  }

  #systems(): readonly string[] {
    return this.runtimes.map(({ system }) => system.name);
  }
}
