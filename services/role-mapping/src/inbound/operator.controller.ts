import { Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, UseGuards } from '@nestjs/common';
import type { Operator } from '@rolebridge/access';
import { CurrentOperator, OperatorGuard, RequireRight, problem } from '@rolebridge/access/nest';
import { ConfigurationError } from '@rolebridge/observability';
import { recordOrder } from '@rolebridge/persistence';

import { explain } from '../store/explanation.ts';
import type { ExplainOptions, Explanation } from '../store/explanation.ts';
import type { StoredVersion } from '../store/rule-set.repository.ts';
import type { RulesDesk } from './rules-desk.ts';

export const RULES_DESK = Symbol('rules desk');
export const EXPLAINING = Symbol('what explanations are made from');

/** What operators ask this service, and the two things they may do with its rules. */
@Controller('operator')
@UseGuards(OperatorGuard)
export class OperatorController {
  constructor(
    @Inject(RULES_DESK) private readonly rules: RulesDesk,
    @Inject(EXPLAINING) private readonly explaining: ExplainOptions,
  ) {}

  /** Which rules give this person what, per system. */
  @Get('explain/:userId')
  @RequireRight('read')
  async explain(@Param('userId', ParseUUIDPipe) userId: string): Promise<Explanation> {
    const explanation = await explain(this.explaining, userId);
    if (explanation === undefined) throw problem(404, 'Nobody has this user id here.');
    return explanation;
  }

  /** Reads the rules folder again; everybody is judged anew if it says anything new. */
  @Post('rules/reload')
  @HttpCode(200)
  @RequireRight('operate')
  async reload(@CurrentOperator() operator: Operator): Promise<StoredVersion> {
    try {
      const stored = await this.rules.load();
      await recordOrder(this.explaining.database, { order: 'reload-rules', operator: operator.name, reason: 'no reason given', filter: { version: stored.version }, affected: stored.added ? 1 : 0 });
      return stored;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      throw problem(400, error.problems.join('\n'));
    }
  }

  /** Lets a system be missing from the configuration at the next start (L14). */
  @Post('systems/:system/retire')
  @HttpCode(204)
  @RequireRight('approve')
  async retire(@Param('system') system: string, @CurrentOperator() operator: Operator): Promise<void> {
    await this.rules.retire(system, operator.name);
  }
}
