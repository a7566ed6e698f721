import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import { readErasureLimit } from '@rolebridge/contracts';
import type { OpenErasures } from '@rolebridge/contracts';
import { openErasures } from '../store/erasure.ts';
import { BRAKE_DESK } from './brake.controller.ts';
import type { BrakeDesk } from './brake.controller.ts';

/** Erasures that the brake over all systems keeps open (L30). */
@Controller('operator/erasures')
@UseGuards(OperatorGuard)
export class ErasuresController {
  constructor(@Inject(BRAKE_DESK) private readonly brake: BrakeDesk) {}

  @Get()
  @RequireRight('read')
  list(@Query() query: unknown): Promise<OpenErasures> {
    const limit = readErasureLimit(query);
    if (!limit.ok) throw problem(400, limit.problem);
    return openErasures(this.brake.database, limit.value);
  }
}
