import type { Cause, DesiredAccount, IdentityUser, OutgoingRecord } from '@rolebridge/contracts';
import { appendOutbox, buryLetters, readEpoch } from '@rolebridge/persistence';
import type { Letter, Sql } from '@rolebridge/persistence';

import { assign } from '../decide/assign.ts';
import type { CompiledRules } from '../decide/compile.ts';
import { evaluate } from '../decide/evaluate.ts';
import type { Warning } from '../decide/facts.ts';
import { desiredAccountRecord, evaluatedRecord, heldRecord, judgingDeadLetter, refusedRecord } from '../decide/records.ts';
import type { Writing } from '../decide/records.ts';
import { loadAccounts, saveAccounts } from './assignment.repository.ts';
import type { WrittenAccount } from './assignment.repository.ts';
import type { Admitted, Brake, Proposal } from './brake.ts';
import { closeJudged } from './letters.ts';

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
  /** People whose losses the brake holds back, and did not before. */
  readonly held: number;
  readonly warnings: readonly Warning[];
}

/** Judges people and commits what follows together with their state: accounts, and the records for the relay. */
export async function judge(sql: Sql, round: Round, settings: JudgeSettings): Promise<RoundResult> {
  if (round.users.length === 0) return { users: 0, published: 0, refused: 0, held: 0, warnings: [] };
  const epoch = await readEpoch(sql);
  const previous = await loadAccounts(sql, round.users.map(({ id }) => id));
  const warnings: Warning[] = [];
  const proposals = round.users.map((user): Proposal => {
    const accounts = previous.get(user.id) ?? new Map<string, DesiredAccount>();
    const cause = causeFor(user, round);
    const evaluation = evaluate(user, round.rules, { nowMs: round.now.getTime(), cause, previous: accounts });
    warnings.push(...evaluation.warnings);
    return { user, previous: accounts, assigned: assign(evaluation, accounts, epoch), cause };
  });
  const admitted = await settings.brake.admit(sql, proposals);
  const published = await write(sql, round, admitted, settings);
  const refused = admitted.reduce((sum, { assigned }) => sum + assigned.refused.length, 0);
  return { users: round.users.length, published, refused, held: admitted.filter(({ news }) => news).length, warnings };
}

/** Who is locked by an explicit order stays so, whatever it is that makes us look again (L25). */
function causeFor(user: IdentityUser, { causeOf }: Round): Cause {
  const cause = causeOf(user);
  return user.cause.locked === true && cause.locked !== true ? { ...cause, locked: true } : cause;
}

async function write(sql: Sql, round: Round, admitted: readonly Admitted[], { topicPrefix, serviceVersion }: JudgeSettings): Promise<number> {
  const writing: Writing = { at: round.now.toISOString(), topicPrefix, serviceVersion };
  const stored: WrittenAccount[] = [];
  const records: OutgoingRecord[] = [];
  const letters: Letter[] = [];
  let published = 0;
  for (const [position, user] of round.users.entries()) {
    const found = admitted[position];
    if (found === undefined) continue;
    const { assigned: one, held, news } = found;
    for (const account of one.changed) {
      const json = JSON.stringify(account);
      stored.push({ account, json });
      records.push(desiredAccountRecord(account, json, writing));
    }
    stored.push(...one.reasoned.map((account) => ({ account, json: JSON.stringify(account) })));
    published += one.changed.length;
    const context = { ...writing, ruleSet: round.rules.version, cause: causeFor(user, round) };
    records.push(...one.refused.map((refusal) => refusedRecord(user, refusal, context)));
    letters.push(...one.refused.map((refusal) => judgingDeadLetter(user, refusal, context)));
    if (round.tell === 'always' || news) records.push(...held.map((system) => heldRecord(user, { system, generation: one.covering[system] ?? null }, context)));
    if (round.tell === 'always' || one.changed.length > 0) records.push(evaluatedRecord(user, one, context));
  }
  await saveAccounts(sql, stored);
  await appendOutbox(sql, records);
  await closeJudged(sql, { users: round.users, refused: letters.map(({ userId, system }) => ({ userId: userId ?? '', system: system ?? null })), news: round.tell === 'always' });
  await buryLetters(sql, letters);
  return published;
}
