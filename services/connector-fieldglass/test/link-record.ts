import { ClassifiedError, failureOf, type DesiredAccount, type Failure, type FailureKind } from '@rolebridge/contracts';
import type { CallContext, Connector, Membership, Plan } from '@rolebridge/connector-sdk';
import type { FieldglassLink, FieldglassObservation, FieldglassState } from '../src/decide/state.ts';

export type FieldglassConnector = Connector<FieldglassState, FieldglassObservation>;
export type FieldglassPlan = Plan<FieldglassState>;

export interface Attempt {
  readonly steps: readonly string[];
  readonly plan?: FieldglassPlan;
  readonly failure?: Failure;
}

/** Failures after which nothing can have happened, if no step was done before (as in the SDK's `judge`). */
const NOTHING_DONE: readonly FailureKind[] = ['transient', 'rejected', 'waiting', 'halting', 'malformed'];

/** One person's link, kept as the SDK keeps it in its table, but in memory. */
export class LinkRecord {
  readonly #userId: string;
  view: FieldglassLink;

  constructor(userId: string) {
    this.#userId = userId;
    this.view = { system: 'fieldglass', userId, accountKey: '', attempted: [] };
  }

  /** Observe, plan, announce, apply. Never throws for a failure of the target. */
  async attempt(connector: FieldglassConnector, desired: DesiredAccount, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<Attempt> {
    const call: CallContext = { correlationId: desired.cause.correlationId, wireId: 'f'.repeat(32), signal };
    const [candidate = ''] = connector.keyCandidates(desired);
    const before = { ...this.view, accountKey: this.view.accountKey || candidate };
    const steps: string[] = [];
    try {
      const plan = connector.plan({ desired, link: before, observation: await connector.observe(before, desired, call), today: '2026-11-22' });
      if (plan.kind === 'refuse') throw new ClassifiedError(plan.failure);
      this.view = { ...before, ...accountId(plan.accountId), attempted: plan.steps.length + (plan.memberships?.length ?? 0) > 0 ? [...before.attempted, plan.target] : before.attempted };
      for (const step of plan.steps) {
        const result = await connector.apply(step, this.view, call);
        this.view = { ...this.view, ...accountId(result.accountId) };
        steps.push(step.name);
      }
      for (const membership of plan.memberships ?? []) {
        await writeMembership(connector, membership, { call, id: this.view.accountId ?? '' });
        steps.push(membership.change === 'add' ? 'join-group' : 'leave-group');
      }
      this.view = { ...this.view, lastApplied: plan.target, attempted: [] };
      return { steps, plan };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'unclassified' && failure.code !== 'reply-not-understood') throw error;
      if (NOTHING_DONE.includes(failure.kind) && steps.length === 0) this.view = { ...this.view, attempted: before.attempted };
      return { steps, failure };
    }
  }

  get userId(): string {
    return this.#userId;
  }
}

const turns = new WeakMap<FieldglassConnector, Promise<void>>();

/** One after the other, as the SDK's writer does it for all instances. */
function writeMembership(connector: FieldglassConnector, membership: Membership, member: { readonly call: CallContext; readonly id: string }): Promise<void> {
  const turn = (turns.get(connector) ?? Promise.resolve()).catch(() => undefined).then(() => mergeMember(connector, membership, member));
  turns.set(connector, turn);
  return turn;
}

async function mergeMember({ groups }: FieldglassConnector, { group, change }: Membership, { call, id }: { readonly call: CallContext; readonly id: string }): Promise<void> {
  const snapshot = await groups?.read(group, call);
  if (snapshot === undefined || snapshot.members.includes(id) === (change === 'add')) return;
  const others = snapshot.members.filter((member) => member !== id);
  const lists = change === 'add' ? { add: [id], remove: [], members: [...others, id] } : { add: [], remove: [id], members: others };
  await groups?.write({ group, snapshot, ...lists }, call);
}

function accountId(id: string | undefined): { readonly accountId?: string } {
  return id === undefined ? {} : { accountId: id };
}
