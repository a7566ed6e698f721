import { Body, ConflictException, Controller, Get, HttpCode, Inject, NotFoundException, Param, ParseUUIDPipe, Post, Query, UseFilters, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, readOrRefuse, RequireRight } from '@rolebridge/access/nest';
import { type GivenUp, type OpenErasures, readAcceptErasureOrder, readErasureLimit } from '@rolebridge/contracts';
import type { Logger } from '@rolebridge/observability';
import type { SystemRuntime } from '../dispatch/system-runtime.ts';
import { type ErasureOptions, giveUp, type NotGivenUp, openErasures } from '../store/erasing.ts';
import { AUDIT_LOG, ProblemFilter, RUNTIMES } from './connector.controllers.ts';

export const ERASING = Symbol('what erasing needs');

const INSTEAD: Readonly<Record<Exclude<NotGivenUp, 'unknown'>, string>> = {
  wanted: 'the person is not erased; rolebridge erase comes first',
  erased: 'nothing is kept of this person there any more',
  applying: 'it is being applied right now; look at rolebridge erasures in a few seconds',
};

/** Erased people whose accounts have not ended, and giving one up (L30). */
@Controller('operator')
@UseGuards(OperatorGuard)
@UseFilters(ProblemFilter)
export class ErasuresController {
  constructor(
    @Inject(RUNTIMES) private readonly runtimes: readonly SystemRuntime[],
    @Inject(ERASING) private readonly erasing: Omit<ErasureOptions, 'system'>,
    @Inject(AUDIT_LOG) private readonly audit: Logger,
  ) {}

  @Get('erasures')
  @RequireRight('read')
  list(@Query() query: unknown): Promise<OpenErasures> {
    return openErasures(this.erasing.database, this.#systems(), readOrRefuse(readErasureLimit(query)));
  }

  @Post('users/:id/accept-erasure')
  @HttpCode(200)
  @RequireRight('approve')
  async accept(@Param('id', ParseUUIDPipe) id: string, @Body() body: unknown, @CurrentOperator() { name: by }: Operator): Promise<GivenUp> {
    const { system, reason } = readOrRefuse(readAcceptErasureOrder(body, this.#systems()));
    const userId = id.toLowerCase();
    const result = await giveUp({ ...this.erasing, system }, { userId, by, reason });
    if (result === 'unknown') throw new NotFoundException(`${system} does not know user ${userId}.`);
    if (result !== 'given-up') throw new ConflictException(`There is nothing to give up for user ${userId} at ${system}: ${INSTEAD[result]}.`);
    this.audit.info({ order: 'accept-erasure', operator: by, system, userId }, 'An operator gave an order.');
    this.runtimes.find((runtime) => runtime.system.name === system)?.wake();
    return { system, userId };
  }

  #systems(): readonly string[] {
    return this.runtimes.map(({ system }) => system.name);
  }
}
