import type { Cause, IdentityUser, UserId } from '@rolebridge/contracts';
import type { Database, Sql } from '@rolebridge/persistence';

import type { CompiledRules } from '../decide/compile.ts';
import { reevaluateAt } from '../decide/reevaluate-at.ts';
import type { Clock } from './clock.ts';
import { judge } from './judge.ts';
import type { JudgeSettings, RoundResult } from './judge.ts';
import { markSwept } from './rule-set.repository.ts';
import type { RuleSets } from './rule-set.repository.ts';
import { saveJudged, takeBehind, takeDue } from './user-state.repository.ts';

export interface ReevaluationOptions {
  readonly database: Database;
  readonly ruleSets: RuleSets;
  readonly clock: Clock;
  readonly settings: JudgeSettings;
  /** People per transaction, at most 500 (L7, L11). */
  readonly chunk: number;
}

/** What one transaction of a sweep did. */
export interface SweepStep extends RoundResult {
  /** Where to go on; `undefined` when the pass has come to its end. */
  readonly last: UserId | undefined;
  readonly ruleSet: number;
  /** Everybody has been judged by the active rules. */
  readonly done: boolean;
}

/** Judges people again whom nobody said anything new about: because the rules changed (L11), or because time passed (L12). */
export class Reevaluation {
  readonly #options: ReevaluationOptions;

  constructor(options: ReevaluationOptions) {
    this.#options = options;
  }

  /**
   * The next chunk of people judged by older rules than the active ones, behind `after`. At the end of a pass it looks whether
   * anybody is left, for instance somebody whose row was locked; then another pass is due.
   */
  sweep(after: UserId | undefined): Promise<SweepStep> {
    const { database, chunk } = this.#options;
    return database.transaction(async (sql) => {
      const rules = await this.#options.ruleSets.active(sql);
      const users = await takeBehind(sql, rules.version, after, chunk);
      const result = await this.#judge(sql, users, rules, (now) => () => rulesCause(rules.version, now));
      const ended = users.length < chunk;
      const done = ended && (await markSwept(sql, rules.version));
      return { ...result, last: ended ? undefined : users.at(-1)?.id, ruleSet: rules.version, done };
    });
  }

  /** A chunk of people for whom a date has passed, those who wait longest first. */
  due(): Promise<RoundResult> {
    const { database, chunk, clock } = this.#options;
    return database.transaction(async (sql) => {
      const rules = await this.#options.ruleSets.active(sql);
      const users = await takeDue(sql, await clock(sql), chunk);
      return this.#judge(sql, users, rules, (now) => (user) => timeCause(user, now));
    });
  }

  async #judge(sql: Sql, users: readonly IdentityUser[], rules: CompiledRules, causeAt: (now: Date) => (user: IdentityUser) => Cause): Promise<RoundResult> {
    const now = await this.#options.clock(sql);
    const result = await judge(sql, { users, rules, now, causeOf: causeAt(now), tell: 'changes' }, this.#options.settings);
    await saveJudged(sql, users.map((user) => ({ user, reevaluateAt: reevaluateAt(user, rules, now.getTime()) })), rules.version);
    return result;
  }
}

function rulesCause(version: number, now: Date): Cause {
  return { operation: 'rules', at: now.toISOString(), by: 'role-mapping', correlationId: `rule-set-${version}` };
}

/** The request that brought the dates is what a later reader wants to find. */
function timeCause(user: IdentityUser, now: Date): Cause {
  return { operation: 'time', at: now.toISOString(), by: 'role-mapping', correlationId: user.cause.correlationId };
}
