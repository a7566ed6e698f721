import { Controller, Get, Inject, UseGuards } from '@nestjs/common';
import { OperatorGuard, RequireRight } from '@rolebridge/access/nest';
import type { Database } from '@rolebridge/persistence';
import { listUnknownLeavers } from '../store/old-ids.store.ts';
import type { UnknownLeaver } from '../store/old-ids.store.ts';
import { READING } from './tokens.ts';

/** For operators: who left, by an old path, without anybody here knowing them. Their accounts are from before us and have to be looked after by hand. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class UnknownLeaversController {
  readonly #reading: Database;

  constructor(@Inject(READING) reading: Database) {
    this.#reading = reading;
  }

  @Get('unknown-leavers')
  @RequireRight('read')
  async leavers(): Promise<{ readonly leavers: readonly UnknownLeaver[] }> {
    return { leavers: await listUnknownLeavers(this.#reading) };
  }
}
