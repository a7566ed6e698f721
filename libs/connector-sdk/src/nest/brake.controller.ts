import { Body, ConflictException, Controller, Get, HttpCode, Inject, NotFoundException, Post, Query, UseFilters, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, readOrRefuse, RequireRight } from '@rolebridge/access/nest';
import { type BrakeListing, type BrakeOrderKind, type BrakeOrderResult, readBrakeOrder, readBrakeQuestion } from '@rolebridge/contracts';
import type { Logger } from '@rolebridge/observability';
import type { Database, Sql } from '@rolebridge/persistence';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { countHeld, listHeld, placeOf } from '../store/held.ts';
import { dropHeld, type HeldOrder, isListing, releaseHeld } from '../store/release.ts';
import { AUDIT_LOG, DATABASE, ProblemFilter, RUNTIMES } from './connector.controllers.ts';

type CarryOut = (sql: Sql, order: HeldOrder) => Promise<BrakeOrderResult | undefined>;

const CARRY_OUT: Readonly<Record<BrakeOrderKind, CarryOut>> = { release: releaseHeld, drop: dropHeld };

/** What the brakes of this connector hold, and what is decided about it (L26). */
@Controller('operator/brake')
@UseGuards(OperatorGuard)
@UseFilters(ProblemFilter)
export class BrakeController {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(DATABASE) private readonly database: Database,
    @Inject(AUDIT_LOG) private readonly audit: Logger,
  ) {}

  @Get()
  @RequireRight('read')
  list(@Query() query: Readonly<Record<string, unknown>>): Promise<BrakeListing> {
    const { place, limit, dropped } = readOrRefuse(readBrakeQuestion(query, this.#places()));
    const asked = this.runtimes.filter(({ system }) => place === undefined || system.name === place);
    return this.database.transaction(async (sql) => {
      const counts = await countHeld(sql, asked.map(({ system }) => system.name));
      const changes = (await eachInTurn(asked, ({ system }) => listHeld(sql, system.name, { limit, dropped }))).flat();
      return { changes, places: asked.flatMap(({ brake, system }) => counts.filter((one) => one.system === system.name).map((count) => placeOf(count, changes, brake))) };
    });
  }

  @Post('release')
  @HttpCode(200)
  @RequireRight('approve')
  release(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<BrakeOrderResult> {
    return this.#carryOut('release', body, operator);
  }

  @Post('drop')
  @HttpCode(200)
  @RequireRight('approve')
  drop(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<BrakeOrderResult> {
    return this.#carryOut('drop', body, operator);
  }

  async #carryOut(kind: BrakeOrderKind, body: unknown, { name: by }: Operator): Promise<BrakeOrderResult> {
    const order = readOrRefuse(readBrakeOrder(body, this.#places()));
    const { place, userId, listing } = order;
    if (listing !== undefined && !(await isListing(this.database, listing))) throw new NotFoundException(`There is no listing ${listing} at ${place}; rolebridge brake list tells its number.`);
    const runtime = this.runtimes.find(({ system }) => system.name === place);
    const result = await this.database.transaction((sql) => CARRY_OUT[kind](sql, { ...order, by, approvals: runtime?.brake.approvals ?? 1 }));
    if (!result) throw new ConflictException(userId === undefined ? `Nothing of listing ${listing} is held at ${place} any more.` : `Nothing is held for user ${userId} at ${place}.`);
    this.audit.info({ order: `brake-${kind}`, operator: by, system: place, ...(userId && { userId }), done: result.done, waiting: result.waiting, reason: order.reason }, 'An operator gave an order.');
    runtime?.wake();
    return result;
  }

  #places(): readonly string[] {
    return this.runtimes.map(({ system }) => system.name);
  }
}

/** One connection answers one question at a time. */
async function eachInTurn<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<readonly R[]> {
  const answers: R[] = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}
