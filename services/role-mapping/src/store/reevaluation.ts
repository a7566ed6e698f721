import { failureOf } from '@rolebridge/contracts';
import type { Cause, Failure, IdentityUser, UserId } from '@rolebridge/contracts';
import { buryLetters } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';

import type { CompiledRules } from '../decide/compile.ts';
import { judgingDeadLetter } from '../decide/records.ts';
import { reevaluateAt } from '../decide/reevaluate-at.ts';
import type { Clock } from './clock.ts';
import { judge } from './judge.ts';
import { closeJudged } from './letters.ts';
import type { JudgeSettings, RoundResult } from './judge.ts';
import { markSwept } from './rule-set.repository.ts';
import { isNobodysFault } from './nobodys-fault.ts';
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
    return this.#halving((sql, rules, attempt) => this.#sweep(sql, rules, after, attempt));
  }

  async #sweep(sql: Sql, rules: CompiledRules, after: UserId | undefined, attempt: Attempt): Promise<SweepStep> {
    const users = await takeBehind(sql, rules.version, after, attempt.limit);
    const result = await this.#judge(sql, { users, rules, attempt }, (now) => () => rulesCause(rules.version, now));
    const ended = users.length < attempt.limit;
    const done = ended && (await markSwept(sql, rules.version));
    return { ...result, last: ended ? undefined : users.at(-1)?.id, ruleSet: rules.version, done };
  }

  /** A chunk of people for whom a date has passed, those who wait longest first. */
  due(): Promise<RoundResult> {
    return this.#halving(async (sql, rules, attempt) => {
      const users = await takeDue(sql, await this.#options.clock(sql), attempt.limit);
      return this.#judge(sql, { users, rules, attempt }, (now) => (user) => timeCause(user, now));
    });
  }

  /** A chunk that fails is halved until the person at fault is alone; that one is buried, so that nobody waits behind (L3). */
  async #halving<T>(work: (sql: Sql, rules: CompiledRules, attempt: Attempt) => Promise<T>): Promise<T> {
    const { database, ruleSets, chunk } = this.#options;
    for (let attempt: Attempt = { limit: chunk, picked: [] }; ; ) {
      try {
        return await database.transaction(async (sql) => work(sql, await ruleSets.active(sql), attempt));
      } catch (error) {
        if (isNobodysFault(error) || attempt.failed !== undefined || attempt.picked.length === 0) throw error;
        attempt = next(attempt, failureOf(error));
      }
    }
  }

  async #judge(sql: Sql, { users, rules, attempt }: Chunk, causeAt: (now: Date) => (user: IdentityUser) => Cause): Promise<RoundResult> {
    const now = await this.#options.clock(sql);
    const { settings } = this.#options;
    const [first] = users;
    if (first !== undefined && first.id === attempt.failed?.userId) return this.#bury(sql, { users, rules, failure: attempt.failed.failure, now });
    attempt.picked.splice(0, Infinity, ...users.map(({ id }) => id));
    const result = await judge(sql, { users, rules, now, causeOf: causeAt(now), tell: 'changes' }, settings);
    await saveJudged(sql, users.map((user) => ({ user, reevaluateAt: reevaluateAt(user, rules, now.getTime()) })), rules.version);
    return result;
  }

  /** The accounts stay as they are until somebody repairs the person or the rules; no date wakes this person any more. */
  async #bury(sql: Sql, { users, rules, failure, now }: Burial): Promise<RoundResult> {
    const { topicPrefix, serviceVersion } = this.#options.settings;
    const at = now.toISOString();
    await closeJudged(sql, { users, refused: users.map(({ id: userId }) => ({ userId, system: null })), news: false });
    await buryLetters(sql, users.map((user) => judgingDeadLetter(user, { failure }, { at, topicPrefix, serviceVersion, cause: timeCause(user, now) })));
    await saveJudged(sql, users.map((user) => ({ user, reevaluateAt: undefined })), rules.version);
    return { users: users.length, published: 0, refused: users.length, held: 0, warnings: [] };
  }
}

interface Attempt {
  /** People of this attempt. */
  readonly limit: number;
  /** Whom it took; known also after its transaction was rolled back. */
  readonly picked: UserId[];
  /** Who, taken alone, could not be judged a moment ago. If somebody else took them meanwhile, nobody is buried in their place. */
  readonly failed?: { readonly userId: UserId; readonly failure: Failure };
}

function next({ limit, picked }: Attempt, failure: Failure): Attempt {
  const [userId] = picked;
  if (limit > 1 || userId === undefined) return { limit: Math.ceil(limit / 2), picked: [] };
  return { limit: 1, picked: [], failed: { userId, failure } };
}

interface Chunk {
  readonly users: readonly IdentityUser[];
  readonly rules: CompiledRules;
  readonly attempt: Attempt;
}

interface Burial {
  readonly users: readonly IdentityUser[];
  readonly rules: CompiledRules;
  readonly failure: Failure;
  readonly now: Date;
}

function rulesCause(version: number, now: Date): Cause {
  return { operation: 'rules', at: now.toISOString(), by: 'role-mapping', correlationId: `rule-set-${version}` };
}

/** The request that brought the dates is what a later reader wants to find. */
function timeCause(user: IdentityUser, now: Date): Cause {
  return { operation: 'time', at: now.toISOString(), by: 'role-mapping', correlationId: user.cause.correlationId };
}
