import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import type { UserIdentity } from '@rolebridge/contracts';
import type { Database } from '@rolebridge/persistence';
import { listWaitingLines } from '../store/source-lines.store.ts';
import type { WaitingLine } from '../store/source-lines.store.ts';
import { findAnyByName } from '../store/users.store.ts';
import { READING } from './tokens.ts';

/** What operators may ask the front door. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class OperatorController {
  readonly #reading: Database;

  constructor(@Inject(READING) reading: Database) {
    this.#reading = reading;
  }

  /** Which of our users somebody is; also people who left. */
  @Get('users')
  @RequireRight('read')
  async user(@Query('userName') userName?: string): Promise<UserIdentity> {
    if (typeof userName !== 'string' || userName === '') throw problem(400, 'Name the user: /operator/users?userName=…');
    const row = await findAnyByName(this.#reading, userName);
    if (!row) throw problem(404, 'Nobody has this user name.');
    return { id: row.id, userName: row.user.userName, presence: row.presence, generation: row.generation };
  }

  /** Records of event sources whose patches and locks wait (L2). */
  @Get('parked')
  @RequireRight('read')
  async parked(): Promise<{ readonly lines: readonly WaitingLine[] }> {
    return { lines: await listWaitingLines(this.#reading) };
  }
}
