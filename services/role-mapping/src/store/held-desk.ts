import type { BrakeOrder, BrakeOrderKind, BrakeOrderResult, UserId } from '@rolebridge/contracts';
import { recordOrder } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';

import { reevaluateAt } from '../decide/reevaluate-at.ts';
import type { Clock } from './clock.ts';
import { approveHeld, chooseHeld, dropHeld, loadHeld } from './held.repository.ts';
import type { Approval } from './held.repository.ts';
import { judge } from './judge.ts';
import type { JudgeSettings, RoundResult } from './judge.ts';
import type { RuleSets } from './rule-set.repository.ts';
import { lockUsers, saveJudged } from './user-state.repository.ts';

export interface HeldDeskOptions {
  readonly database: Database;
  readonly ruleSets: RuleSets;
  readonly clock: Clock;
  readonly settings: JudgeSettings;
  /** How many different operators must agree to a release. */
  readonly approvals: number;
  readonly onRound?: (result: RoundResult) => void;
}

/** By whom comes from the credential (L29). */
export type HeldOrder = BrakeOrder & { readonly by: string };

/** People per transaction: single changes pass in between. */
const CHUNK = 500;

/** Decides about what the brake over all systems holds (L26). A release judges each person anew: only what was held, and nothing since, goes. */
export class HeldDesk {
  readonly #options: HeldDeskOptions;

  constructor(options: HeldDeskOptions) {
    this.#options = options;
  }

  /** `undefined`: nothing of it is held. */
  async carryOut(kind: BrakeOrderKind, order: HeldOrder): Promise<BrakeOrderResult | undefined> {
    let sum: BrakeOrderResult = { done: 0, waiting: 0, repeated: 0, approvals: this.#options.approvals };
    let after: UserId | undefined;
    for (;;) {
      const chosen = await chooseHeld(this.#options.database, { ...order, after }, CHUNK);
      if (chosen.length > 0) sum = added(sum, await this.#chunk(kind, order, chosen));
      after = chosen.at(-1);
      if (chosen.length < CHUNK) return sum.done + sum.waiting + (sum.changed ?? 0) > 0 ? sum : undefined;
    }
  }

  #chunk(kind: BrakeOrderKind, order: HeldOrder, chosen: readonly UserId[]): Promise<BrakeOrderResult> {
    return this.#options.database.transaction((sql) => (kind === 'drop' ? this.#drop(sql, order, chosen) : this.#release(sql, order, chosen)));
  }

  async #drop(sql: Sql, order: HeldOrder, chosen: readonly UserId[]): Promise<BrakeOrderResult> {
    await lockUsers(sql, chosen);
    const dropped = await dropHeld(sql, chosen, order);
    if (dropped.length > 0) await recordOrder(sql, { order: 'brake-drop', operator: order.by, reason: order.reason, affected: dropped.length, subjects: dropped });
    return { done: dropped.length, waiting: 0, repeated: 0, approvals: this.#options.approvals };
  }

  async #release(sql: Sql, order: HeldOrder, chosen: readonly UserId[]): Promise<BrakeOrderResult> {
    const { approvals: needed, ruleSets } = this.#options;
    const rules = await ruleSets.active(sql);
    const users = await lockUsers(sql, chosen);
    const noted = await approveHeld(sql, chosen, order.by, order.listing);
    const ready = new Map(noted.filter(({ approvals }) => approvals >= needed).map((one) => [one.userId, one]));
    await this.#judgeAnew(sql, users.filter(({ id }) => ready.has(id)), { rules, ready });
    const changed = (await loadHeld(sql, [...ready.keys()])).size;
    const done = ready.size - changed;
    const waiting = noted.length - ready.size;
    const skipped = { ...(waiting > 0 && { 'needs another operator': waiting }), ...(changed > 0 && { 'would take something else now': changed }) };
    if (noted.length > 0) await recordOrder(sql, { order: 'brake-release', operator: order.by, reason: order.reason, affected: done, subjects: noted.map(({ userId }) => userId), skipped });
    return { done, waiting, changed, repeated: noted.filter(({ userId, repeated }) => repeated && !ready.has(userId)).length, approvals: needed };
  }

  async #judgeAnew(sql: Sql, users: Awaited<ReturnType<typeof lockUsers>>, { rules, ready }: { readonly rules: Awaited<ReturnType<RuleSets['active']>>; readonly ready: ReadonlyMap<UserId, Approval> }): Promise<void> {
    const { clock, settings, onRound } = this.#options;
    const now = await clock(sql);
    const result = await judge(sql, { users, rules, now, causeOf: (user) => ready.get(user.id)?.cause ?? user.cause, tell: 'always' }, settings);
    await saveJudged(sql, users.map((user) => ({ user, reevaluateAt: reevaluateAt(user, rules, now.getTime()) })), rules.version);
    onRound?.(result);
  }
}

function added(sum: BrakeOrderResult, one: BrakeOrderResult): BrakeOrderResult {
  return { ...sum, done: sum.done + one.done, waiting: sum.waiting + one.waiting, repeated: sum.repeated + one.repeated, changed: (sum.changed ?? 0) + (one.changed ?? 0) };
}
