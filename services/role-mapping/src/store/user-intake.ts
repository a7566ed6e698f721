import type { IdentityUser } from '@rolebridge/contracts';
import { buryLetters, saveOffsets } from '@rolebridge/persistence';
import type { Database, Letter, Sql, StoredOffset } from '@rolebridge/persistence';

import { reevaluateAt } from '../decide/reevaluate-at.ts';
import type { Clock } from './clock.ts';
import { scrubErased } from './erasure.ts';
import { judge } from './judge.ts';
import type { JudgeSettings, RoundResult } from './judge.ts';
import type { RuleSets } from './rule-set.repository.ts';
import { acceptUsers } from './user-state.repository.ts';

export interface IntakeOptions {
  readonly database: Database;
  readonly ruleSets: RuleSets;
  readonly clock: Clock;
  readonly settings: JudgeSettings;
}

/** People as read from the topic, at most one state each, and where to read on. */
export interface Intake {
  readonly consumer: string;
  readonly users: readonly IdentityUser[];
  /** Dead letters of the same batch: they leave in the transaction that moves on (L3). */
  readonly buried: readonly Letter[];
  readonly offsets: readonly StoredOffset[];
}

export interface IntakeResult extends RoundResult {
  readonly ruleSet: number;
  /** Whether somebody has a date ahead, so that the timer has to look. */
  readonly dated: boolean;
}

/** Takes in people: state, accounts, records for the relay and offsets, all in one transaction (L4). */
export class UserIntake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  take(intake: Intake): Promise<IntakeResult> {
    return this.#options.database.transaction(async (sql) => {
      const result = await this.#judgeNew(sql, intake.users);
      await buryLetters(sql, intake.buried);
      await saveOffsets(sql, intake.consumer, intake.offsets);
      return result;
    });
  }

  /** People who come again: within a transaction of the caller's, which notes how far it is. */
  again(sql: Sql, users: readonly IdentityUser[]): Promise<IntakeResult> {
    return this.#judgeNew(sql, users);
  }

  async #judgeNew(sql: Sql, users: readonly IdentityUser[]): Promise<IntakeResult> {
    const { ruleSets, clock, settings } = this.#options;
    const rules = await ruleSets.active(sql);
    const now = await clock(sql);
    const stored = users.map((user) => ({ user, reevaluateAt: reevaluateAt(user, rules, now.getTime()) }));
    const accepted = users.length === 0 ? new Set<string>() : await acceptUsers(sql, stored, rules.version);
    const news = users.filter(({ id }) => accepted.has(id));
    const result = await judge(sql, { users: news, rules, now, causeOf: (user) => user.cause, tell: 'always' }, settings);
    await scrubErased(sql, news.flatMap(({ id, presence }) => (presence === 'erased' ? [id] : [])));
    return { ...result, ruleSet: rules.version, dated: stored.some((one) => one.reevaluateAt !== undefined) };
  }
}
