import { Body, Controller, Get, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, problem, readOrRefuse, RequireRight } from '@rolebridge/access/nest';
import { MAX_ASIDE_KEYS, type OutboxListing, type OutboxOrderKind, type OutboxOrderResult, readOutboxOrder } from '@rolebridge/contracts';
import { listAside, releaseAside } from '../outbox/aside.ts';
import { outboxBacklog } from '../outbox/backlog.ts';
import type { Database } from '../port.ts';

/** Provide {@link OutboxParts} under this token, and what `loadOperators` returned under `OPERATORS`. */
export const OUTBOX = Symbol('outbox of this service');

export interface OutboxParts {
  readonly database: Database;
  /** What was sent, where the service keeps more of a body than its JSON. */
  readonly jsonOf?: (body: unknown) => unknown;
}

/** What waits for the broker, and the decision about what it refuses: the same in every service. */
@Controller('operator/outbox')
@UseGuards(OperatorGuard)
export class OutboxController {
  constructor(@Inject(OUTBOX) private readonly parts: OutboxParts) {}

  @Get()
  @RequireRight('read')
  list(): Promise<OutboxListing> {
    return this.parts.database.transaction(async (sql) => {
      const keys = await listAside(sql, MAX_ASIDE_KEYS);
      return { ...(await outboxBacklog(sql)), keys: keys.map((one) => ({ ...one, since: one.since.toISOString() })) };
    });
  }

  @Post('release')
  @HttpCode(200)
  @RequireRight('operate')
  release(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<OutboxOrderResult> {
    return this.#carryOut('release', body, operator);
  }

  /** Loses what was refused. */
  @Post('drop')
  @HttpCode(200)
  @RequireRight('approve')
  drop(@Body() body: unknown, @CurrentOperator() operator: Operator): Promise<OutboxOrderResult> {
    return this.#carryOut('drop', body, operator);
  }

  async #carryOut(kind: OutboxOrderKind, body: unknown, { name }: Operator): Promise<OutboxOrderResult> {
    const { database, jsonOf = (sent: unknown) => sent } = this.parts;
    const order = readOrRefuse(readOutboxOrder(jsonOf(body)));
    const result = await releaseAside(database, { ...order, kind, operator: name });
    if (!result) throw problem(404, `Nothing is set aside for key ${order.key} of topic ${order.topic} here; rolebridge outbox list shows what is.`);
    return result;
  }
}
