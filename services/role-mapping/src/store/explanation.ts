import type { DesiredAccount, Failure, Generation, Presence, RequestedAccount, SystemName, UserId } from '@rolebridge/contracts';
import type { Database } from '@rolebridge/persistence';

import { evaluate } from '../decide/evaluate.ts';
import type { Verdict } from '../decide/evaluate.ts';
import type { Warning } from '../decide/facts.ts';
import { reevaluateAt } from '../decide/reevaluate-at.ts';
import { loadAccounts } from './assignment.repository.ts';
import type { Clock } from './clock.ts';
import type { RuleSets } from './rule-set.repository.ts';
import { findUser } from './user-state.repository.ts';

/** Why one person has what they have (promise 6): judged now, by the active rules. */
export interface Explanation {
  readonly userId: UserId;
  readonly userGeneration: Generation;
  /** As the source states it, before dates. */
  readonly presence: Presence | 'erased';
  readonly ruleSet: number;
  /** ISO 8601; when time alone makes the next difference. */
  readonly reevaluateAt: string | null;
  readonly systems: readonly ExplainedSystem[];
  readonly warnings: readonly Warning[];
}

export interface ExplainedSystem {
  readonly system: SystemName;
  /** `none`: never had an account here and gets none; `refused`: the account stays as published, for the reason in `failure`. */
  readonly verdict: Verdict['kind'];
  readonly presence?: Presence;
  /** Each with the rules that give it. */
  readonly entitlements?: DesiredAccount['entitlements'];
  readonly failure?: Failure;
  /** What callers asked for this account, with their names (L8); apart from what rules give. */
  readonly requested?: RequestedAccount;
  /** What connectors were told last. */
  readonly published: { readonly generation: Generation; readonly userGeneration: Generation; readonly ruleSet: number; readonly presence: Presence } | null;
}

export interface ExplainOptions {
  readonly database: Database;
  readonly ruleSets: RuleSets;
  readonly clock: Clock;
}

/** `undefined`: nobody has this id here. */
export function explain({ database, ruleSets, clock }: ExplainOptions, userId: UserId): Promise<Explanation | undefined> {
  return database.transaction(async (sql) => {
    const user = await findUser(sql, userId);
    if (user === undefined) return undefined;
    const rules = await ruleSets.active(sql);
    const nowMs = (await clock(sql)).getTime();
    const previous = (await loadAccounts(sql, [userId])).get(userId) ?? new Map<string, DesiredAccount>();
    const { verdicts, warnings } = evaluate(user, rules, { nowMs, cause: user.cause, previous });
    return {
      userId,
      userGeneration: user.generation,
      presence: user.presence,
      ruleSet: rules.version,
      reevaluateAt: reevaluateAt(user, rules, nowMs) ?? null,
      systems: [...verdicts].map(([system, verdict]) => ({ ...explained(system, verdict, previous.get(system)), ...(user.requested[system] && { requested: user.requested[system] }) })),
      warnings,
    };
  });
}

function explained(system: SystemName, verdict: Verdict, published: DesiredAccount | undefined): ExplainedSystem {
  return {
    system,
    verdict: verdict.kind,
    ...(verdict.kind === 'account' && { presence: verdict.wish.presence, entitlements: verdict.wish.entitlements }),
    ...(verdict.kind === 'refused' && { failure: verdict.failure }),
    published: published ? { generation: published.generation, userGeneration: published.userGeneration, ruleSet: published.ruleSet, presence: published.presence } : null,
  };
}
