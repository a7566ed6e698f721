import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, problem, RequireRight } from '@rolebridge/access/nest';
import { REASON_MAX_CHARACTERS, unstorableText } from '@rolebridge/contracts';
import type { UserIdentity } from '@rolebridge/contracts';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import { raiseEpoch, recordOrder } from '@rolebridge/persistence';
import type { FastifyRequest } from 'fastify';
import type { InboxParts } from '../store/inbox-parts.ts';
import { redriveLine } from '../store/operator-commands.ts';
import type { LineOrder, Redriven } from '../store/operator-commands.ts';
import { isPlace, republishNext } from '../store/republish.ts';
import type { Republished } from '../store/republish.ts';
import { listWaitingLines } from '../store/source-lines.store.ts';
import type { WaitingLine } from '../store/source-lines.store.ts';
import { findAnyByName } from '../store/users.store.ts';
import { bodyOf } from './json-body.ts';
import { INBOX_PARTS } from './tokens.ts';

/** What operators may ask the front door, and have it do. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class OperatorController {
  readonly #parts: InboxParts;

  constructor(@Inject(INBOX_PARTS) parts: InboxParts) {
    this.#parts = parts;
  }

  /** Which of our users somebody is; also people who left. */
  @Get('users')
  @RequireRight('read')
  async user(@Query('userName') userName?: string): Promise<UserIdentity> {
    if (typeof userName !== 'string' || userName === '') throw problem(400, 'Name the user: /operator/users?userName=…');
    const row = await findAnyByName(this.#parts.database, userName);
    if (!row) throw problem(404, 'Nobody has this user name.');
    return { id: row.id, userName: row.user.userName, presence: row.presence, generation: row.generation };
  }

  /** Records of event sources whose patches and locks wait (L2). */
  @Get('parked')
  @RequireRight('read')
  async parked(): Promise<{ readonly lines: readonly WaitingLine[] }> {
    return { lines: await listWaitingLines(this.#parts.database) };
  }

  /** Works the waiting changes of one record again, in order. */
  @Post('parked/:sourceKey/redrive')
  @HttpCode(200)
  @RequireRight('operate')
  redrive(@Param('sourceKey') key: string, @CurrentOperator() { name }: Operator, @Body() body: unknown): Promise<Redriven> {
    return this.#redrive({ key, mode: 'redrive', by: name, reason: reasonIn(body) });
  }

  /** Gives up what blocks the waiting changes of one record: the missing ones, or the first if it is refused; then works the rest. */
  @Post('parked/:sourceKey/skip')
  @HttpCode(200)
  @RequireRight('operate')
  skip(@Param('sourceKey') key: string, @CurrentOperator() { name }: Operator, @Body() body: unknown): Promise<Redriven> {
    return this.#redrive({ key, mode: 'skip', by: name, reason: reasonIn(body) });
  }

  /** Sends the state of up to 500 users again, in key order, then that of the groups; call again with `after` = `next` until that is null. */
  @Post('republish')
  @HttpCode(200)
  @RequireRight('operate')
  republish(@CurrentOperator() { name: by }: Operator, @Req() request: FastifyRequest, @Body() body: unknown, @Query('after') after?: string): Promise<Republished> {
    if (after !== undefined && !isPlace(after)) throw problem(400, 'after: must be what the last call gave as next.');
    return republishNext(this.#parts, after, { correlationId: String(request.headers[CORRELATION_HEADER]), order: { by, reason: reasonIn(body) } });
  }

  /** After the schema was restored from a backup: generations go on above everything readers may have seen (L6); republish afterwards. */
  @Post('epoch')
  @HttpCode(200)
  @RequireRight('approve')
  epoch(@CurrentOperator() { name }: Operator, @Body() body: unknown): Promise<{ readonly epoch: number }> {
    const reason = reasonIn(body);
    return this.#parts.database.transaction(async (sql) => {
      const epoch = await raiseEpoch(sql);
      await recordOrder(sql, { order: 'epoch', operator: name, reason, affected: 1, filter: { epoch } });
      return { epoch };
    });
  }

  async #redrive(order: LineOrder): Promise<Redriven> {
    const result = await redriveLine(this.#parts, order);
    if (!result) throw problem(404, 'Nothing waits for this record.');
    return result;
  }
}

/** A reason may be given with these; it is kept with the order. */
function reasonIn(body: unknown): string {
  const given: unknown = body === undefined || body === null ? {} : bodyOf(body).json;
  const { reason } = (given ?? {}) as { readonly reason?: unknown }; // an HTTP body can be anything
  if (reason === undefined) return 'no reason given';
  if (typeof reason !== 'string' || reason.length > REASON_MAX_CHARACTERS || unstorableText(reason) !== undefined) throw problem(400, `reason: must be plain text of at most ${REASON_MAX_CHARACTERS} characters.`);
  return reason.trim();
}
