import type { Cause, DesiredAccount, IdentityUser, OutgoingRecord } from '@rolebridge/contracts';
import { appendOutbox, readEpoch } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';

import { assign } from '../decide/assign.ts';
import type { Assigned } from '../decide/assign.ts';
import type { CompiledRules } from '../decide/compile.ts';
import { evaluate } from '../decide/evaluate.ts';
import type { Warning } from '../decide/facts.ts';
import { desiredAccountRecord, evaluatedRecord, judgingDeadLetter, refusedRecord } from '../decide/records.ts';
import type { Writing } from '../decide/records.ts';
import { loadAccounts, saveAccounts } from './assignment.repository.ts';
import type { WrittenAccount } from './assignment.repository.ts';
import type { Brake } from './brake.ts';

/** What does not change from one transaction to the next. */
export interface JudgeSettings {
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  readonly brake: Brake;
}

/** One round of judging, inside one transaction that holds the rows of these people. */
export interface Round {
  readonly users: readonly IdentityUser[];
  readonly rules: CompiledRules;
  readonly now: Date;
  readonly causeOf: (user: IdentityUser) => Cause;
  /** `always`: every judged generation is told, also when nothing follows (L15); `changes`: only what follows. */
  readonly tell: 'always' | 'changes';
}

/** What came of a round, for logs and metrics. */
export interface RoundResult {
  readonly users: number;
  readonly published: number;
  readonly refused: number;
  readonly warnings: readonly Warning[];
}

/** Judges people and commits what follows together with their state: accounts, and the records for the relay. */
export async function judge(sql: Sql, round: Round, settings: JudgeSettings): Promise<RoundResult> {
  if (round.users.length === 0) return { users: 0, published: 0, refused: 0, warnings: [] };
  const epoch = await readEpoch(sql);
  const previous = await loadAccounts(sql, round.users.map(({ id }) => id));
  const warnings: Warning[] = [];
  const proposed = round.users.map((user) => {
    const accounts = previous.get(user.id) ?? new Map<string, DesiredAccount>();
    const evaluation = evaluate(user, round.rules, { nowMs: round.now.getTime(), cause: round.causeOf(user), previous: accounts });
    warnings.push(...evaluation.warnings);
    return assign(evaluation, accounts, epoch);
  });
  const assigned = await settings.brake.admit(sql, proposed);
  const published = await write(sql, round, assigned, settings);
  return { users: round.users.length, published, refused: assigned.reduce((sum, { refused }) => sum + refused.length, 0), warnings };
}

async function write(sql: Sql, round: Round, assigned: readonly Assigned[], { topicPrefix, serviceVersion }: JudgeSettings): Promise<number> {
  const writing: Writing = { at: round.now.toISOString(), topicPrefix, serviceVersion };
  const stored: WrittenAccount[] = [];
  const records: OutgoingRecord[] = [];
  let published = 0;
  for (const [position, user] of round.users.entries()) {
    const one = assigned[position];
    if (one === undefined) continue;
    for (const account of one.changed) {
      const json = JSON.stringify(account);
      stored.push({ account, json });
      records.push(desiredAccountRecord(account, json, writing));
    }
    stored.push(...one.reasoned.map((account) => ({ account, json: JSON.stringify(account) })));
    published += one.changed.length;
    const context = { ...writing, ruleSet: round.rules.version, cause: round.causeOf(user) };
    records.push(...one.refused.flatMap((refusal) => [refusedRecord(user, refusal, context), judgingDeadLetter(user, refusal.failure, context)]));
    if (round.tell === 'always' || one.changed.length > 0) records.push(evaluatedRecord(user, one, context));
  }
  await saveAccounts(sql, stored);
  await appendOutbox(sql, records);
  return published;
}
