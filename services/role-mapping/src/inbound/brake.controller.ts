import { Body, Controller, Get, HttpCode, Inject, Post, Query, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, RequireRight, problem, readOrRefuse } from '@rolebridge/access/nest';
import { OVER_ALL, readBrakeOrder, readBrakeQuestion } from '@rolebridge/contracts';
import type { BrakeListing, BrakeOrderKind, BrakeOrderResult } from '@rolebridge/contracts';
import type { BrakeSettings } from '@rolebridge/landscape';
import type { Logger } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';

import type { HeldDesk } from '../store/held-desk.ts';
import { countHeld, isListing, listHeld } from '../store/held.repository.ts';

export const BRAKE_DESK = Symbol('desk of the brake');

export interface BrakeDesk {
  readonly database: Database;
  readonly desk: HeldDesk;
  readonly settings: BrakeSettings;
  readonly log: Logger;
}

/** What the brake over all systems holds, and what is decided about it (L26). */
@Controller('operator/brake')
@UseGuards(OperatorGuard)
export class BrakeController {
  constructor(@Inject(BRAKE_DESK) private readonly brake: BrakeDesk) {}

  @Get()
  @RequireRight('read')
  async list(@Query() query: Readonly<Record<string, unknown>>): Promise<BrakeListing> {
    const question = readOrRefuse(readBrakeQuestion(query, [OVER_ALL]));
    const { database, settings } = this.brake;
    return database.transaction(async (sql) => {
      const changes = await listHeld(sql, question);
      const numbers = changes.filter(({ droppedBy }) => droppedBy === undefined).map(({ number }) => number);
      return { changes, places: [{ place: OVER_ALL, ...(await countHeld(sql)), listing: numbers.length > 0 ? Math.max(...numbers) : null, ...settings }] };
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
    const order = readOrRefuse(readBrakeOrder(body, [OVER_ALL]));
    const { listing, userId } = order;
    if (listing !== undefined && !(await isListing(this.brake.database, listing))) throw problem(404, `There is no listing ${listing} over all systems; rolebridge brake list tells its number.`);
    const result = await this.brake.desk.carryOut(kind, { ...order, by });
    if (result === undefined) throw problem(409, userId === undefined ? `Nothing of listing ${listing} is held over all systems any more.` : `Nothing is held over all systems for user ${userId}.`);
    this.brake.log.info({ order: `brake-${kind}`, operator: by, done: result.done, waiting: result.waiting }, 'an operator gave an order');
    return result;
  }
}
