import type { Cause, HeldLoss, IdentityUser, SystemName } from '@rolebridge/contracts';
import { allowedFor, allowedLosses, DEFAULT_BRAKE } from '@rolebridge/landscape';
import type { BrakeSettings } from '@rolebridge/landscape';
import type { Sql } from '@rolebridge/persistence';

import type { Assigned } from '../decide/assign.ts';
import { contentOf, lossesOf } from '../decide/losses.ts';
import type { Accounts } from './assignment.repository.ts';
import { holdJudgements, letGo, loadHeld } from './held.repository.ts';
import type { HeldJudgement, ToHold } from './held.repository.ts';

/** What one person's judgement would change. */
export interface Proposal {
  readonly user: IdentityUser;
  readonly previous: Accounts;
  readonly assigned: Assigned;
  readonly cause: Cause;
}

/** What may be published, and where something is held back: there the account stays as it was. */
export interface Admitted {
  readonly assigned: Assigned;
  readonly held: readonly SystemName[];
  /** It was not held before, or not this. */
  readonly news: boolean;
}

/**
 * The brake over all systems (L26): asked before anything is stored or published, in the same transaction. What it holds back stays
 * a difference to what was published, so it comes up again with the next evaluation.
 */
export interface Brake {
  /** One answer per proposal, in their order. */
  admit(sql: Sql, proposals: readonly Proposal[]): Promise<readonly Admitted[]>;
}

/** Holds nothing back; each connector has its own brake before the first write. */
export const openBrake: Brake = { admit: async (_sql, proposals) => proposals.map(free) };

/** One at a time in this schema; numbers are drawn under it, so that they are seen in order. */
const LOCK = `select pg_advisory_xact_lock(hashtextextended(current_schema() || '.brake', 0))`;
const FORGET = `delete from brake_passage where at <= now() - $1 * interval '1 millisecond'`;
const PASSED = 'select count(*)::int as n, coalesce(array_agg(user_id) filter (where user_id = any($1::uuid[])), array[]::uuid[]) as own from brake_passage';
const NOTE = 'insert into brake_passage (user_id) select unnest($1::uuid[]) on conflict do nothing';
/** People with an active account, and those let go within the window: what is lost now must not make the limit smaller at once. */
const PEOPLE = `select count(*)::int as n from (select user_id from assignment where presence = 'active' union select user_id from brake_passage) as p`;
const PEOPLE_AGE_MS = 30_000;

interface Losing extends Proposal {
  readonly losses: readonly HeldLoss[];
  readonly content: string;
}

/** Counts people over all systems within the window; every instance shares the count. An explicit lock passes (L25). */
export function brakeOverAll(settings: Partial<BrakeSettings> = {}): Brake {
  const policy: BrakeSettings = { ...DEFAULT_BRAKE, ...settings };
  if (!policy.enabled) return openBrake;
  const people = { n: 0, at: -Infinity };

  async function allowed(sql: Sql): Promise<number> {
    if (performance.now() - people.at > PEOPLE_AGE_MS) {
      people.n = (await sql.query<{ n: number }>(PEOPLE))[0]?.n ?? 0;
      people.at = performance.now();
    }
    return allowedLosses(people.n, policy);
  }

  return {
    async admit(sql, proposals) {
      const known = await loadHeld(sql, proposals.map(({ user }) => user.id));
      const losing = new Map(proposals.flatMap(losingOf).map((one) => [one.user.id, one]));
      if (losing.size === 0 && known.size === 0) return proposals.map(free);
      await sql.query(LOCK);
      await sql.query(FORGET, [policy.windowMs]);
      const [passed = { n: 0, own: [] }] = await sql.query<{ n: number; own: readonly string[] }>(PASSED, [[...losing.keys()]]);
      const turnstile = new Turnstile({ known, passed: passed.n, own: new Set(passed.own), limit: await allowed(sql), approvals: policy.approvals });
      const admitted = proposals.map((proposal) => turnstile.pass(proposal, losing.get(proposal.user.id)));
      await sql.query(NOTE, [turnstile.counted]);
      await holdJudgements(sql, turnstile.held);
      await letGo(sql, [...known.keys()].filter((id) => !turnstile.held.some(({ userId }) => userId === id)));
      return admitted;
    },
  };
}

function free({ assigned }: Proposal): Admitted {
  return { assigned, held: [], news: false };
}

function losingOf(proposal: Proposal): readonly Losing[] {
  const losses = lossesOf(proposal.assigned, proposal.previous);
  const { operation, locked } = proposal.cause;
  if (losses.length === 0 || operation === 'lock' || locked === true) return [];
  return [{ ...proposal, losses, content: contentOf(proposal.assigned, losses) }];
}

interface TurnstileFacts {
  readonly known: ReadonlyMap<string, HeldJudgement>;
  /** People who passed within the window. */
  readonly passed: number;
  readonly own: ReadonlySet<string>;
  readonly limit: number;
  readonly approvals: number;
}

/** Lets people through one by one, until as many have lost something as may. */
class Turnstile {
  readonly counted: string[] = [];
  readonly held: ToHold[] = [];
  readonly #facts: TurnstileFacts;

  constructor(facts: TurnstileFacts) {
    this.#facts = facts;
  }

  pass(proposal: Proposal, losing: Losing | undefined): Admitted {
    if (losing === undefined) return free(proposal);
    const before = this.#facts.known.get(losing.user.id);
    if (before === undefined) return this.#count(losing);
    const same = before.content === losing.content;
    if (same && before.approvedBy.length >= this.#facts.approvals) return free({ ...losing, assigned: released(losing.assigned, before.approvedBy.length) });
    return before.droppedBy === null || same ? this.#hold(losing, before) : this.#count(losing);
  }

  #count(losing: Losing): Admitted {
    return this.#hasRoom(losing) ? free(losing) : this.#hold(losing, undefined);
  }

  #hasRoom({ user, cause }: Losing): boolean {
    const { own, passed, limit } = this.#facts;
    if (own.has(user.id)) return true;
    if (passed + this.counted.length >= allowedFor(cause.operation, limit)) return false;
    this.counted.push(user.id);
    return true;
  }

  #hold({ user, assigned, losses, content, cause, previous }: Losing, before: HeldJudgement | undefined): Admitted {
    const news = before?.content !== content;
    const again = !news && before?.userGeneration === user.generation;
    this.held.push({ userId: user.id, userGeneration: user.generation, content, losses, cause, again });
    const systems = [...new Set(losses.map(({ system }) => system))];
    const covering = { ...assigned.covering, ...Object.fromEntries(systems.map((system) => [system, previous.get(system)?.generation ?? null])) };
    return { assigned: { ...assigned, covering, changed: assigned.changed.filter(({ system }) => !systems.includes(system)) }, held: systems, news };
  }
}

/** The connectors' brakes are told that people have looked at it. */
function released(assigned: Assigned, releases: number): Assigned {
  return { ...assigned, changed: assigned.changed.map((account) => ({ ...account, cause: { ...account.cause, releases } })) };
}
