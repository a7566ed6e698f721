import { ClassifiedError } from '@rolebridge/contracts';
import { coalesce, type Database } from '@rolebridge/persistence';
import type { SharedGroups } from '../groups.ts';
import { groupWaits, type Parking, type Returned } from '../store/group-wait.ts';
import { groupStore } from '../store/group-write.ts';
import { PRIORITY } from '../store/inbox.ts';
import type { ClaimedLink } from '../store/link-store.ts';
import { type Ending, stepOfMembership } from './attempt.ts';
import { GroupWriter, type GroupWriterOptions } from './group-writer.ts';

export type Settle = (link: ClaimedLink, ending: Ending, facts: { readonly accountKey: string; readonly counts: boolean }) => Promise<void>;

export interface GroupDeliveriesOptions extends Pick<GroupWriterOptions, 'system' | 'keeper' | 'call' | 'leaseMs' | 'wakeLinks' | 'log'> {
  readonly groups: SharedGroups | undefined;
  readonly database: Database;
  readonly renewMs: number | undefined;
  readonly lateWriteMs: number;
  /** Calls to the target at once. */
  readonly concurrency: number;
  /** Ends an attempt: its outcome, its link, its dead letter. */
  readonly settle: Settle;
  /** Tells what an attempt saw that waited for its groups. */
  readonly noteLater: (link: ClaimedLink, ending: Ending) => Promise<void>;
}

export interface GroupDeliveries {
  /** Ends an attempt; one with memberships only when they are there. */
  readonly settle: Settle;
  wake(): void;
  close(): Promise<void>;
}

/** A link whose groups are written waits so long at least before anybody takes its worker for dead, milliseconds. */
const PARK_MS = 60_000;

/** Groups written at once by one process: the rest of the target's calls belong to people. */
const MOST_WRITERS = 4;

/** The part of delivery that goes through shared groups (L21). Costs nothing where a connector has none. */
export function groupDeliveries(options: GroupDeliveriesOptions): GroupDeliveries {
  const { groups } = options;
  return groups === undefined ? withoutGroups(options.settle) : withGroups({ ...options, groups });
}

function withoutGroups(settle: Settle): GroupDeliveries {
  return {
    settle: (link, ending, facts) => (membershipsOf(ending).length === 0 ? settle(link, ending, facts) : settle(link, failedFor(ending, NO_GROUPS), facts)),
    wake: () => undefined,
    close: () => Promise.resolve(),
  };
}

function withGroups(options: GroupDeliveriesOptions & { readonly groups: SharedGroups }): GroupDeliveries {
  const { database, system, settle, leaseMs, lateWriteMs, renewMs, concurrency } = options;
  const parkMs = Math.max(PARK_MS, 4 * leaseMs);
  const waits = groupWaits(database, { system, parkMs, lateWriteMs });
  const store = groupStore(database, { system, leaseMs, lateWriteMs });
  const writer = new GroupWriter({
    ...options,
    waits,
    store,
    slots: Math.min(MOST_WRITERS, concurrency),
    renewMs: renewMs ?? leaseMs / 3,
    settle: async (returned, counts) => void (await Promise.all(returned.map((one) => settleLater(one, counts)))),
  });
  const settleLater = async (returned: Returned, counts: boolean): Promise<void> => {
    const { link } = returned;
    const ending = endingOf(returned);
    await options.noteLater(link, ending);
    await settle(link, ending, { accountKey: link.accountKey ?? '', counts });
  };
  const park = coalesce<Parking, boolean>(async (all) => {
    const held = await waits.park(all);
    return all.map(({ link }) => held.has(link.userId));
  });
  return {
    async settle(link, ending, facts) {
      const parking = parkingOf(link, ending);
      if (parking === undefined) return settle(link, ending, facts);
      if (parking === 'no-account') return settle(link, failedFor(ending, NO_ACCOUNT), facts);
      if (!(await park(parking))) return settle(link, ending, facts); // refused there by its token, and repaired (L24)
      writer.wake();
    },
    wake: () => writer.wake(),
    close: () => writer.close(),
  };
}

function membershipsOf(ending: Ending) {
  return ending.kind === 'done' ? (ending.memberships ?? []) : [];
}

function parkingOf(link: ClaimedLink, ending: Ending): Parking | 'no-account' | undefined {
  const memberships = membershipsOf(ending);
  if (ending.kind !== 'done' || memberships.length === 0) return undefined;
  if (ending.accountId === null) return 'no-account';
  const steps = [...ending.steps, ...memberships.map(stepOfMembership)];
  return { link, accountId: ending.accountId, memberships, steps, priority: PRIORITY[link.desired.urgency] };
}

function failedFor(ending: Ending, { failure }: ClassifiedError): Ending {
  if (ending.kind !== 'done') return ending;
  return { kind: 'failed', failure, waitingOn: null, accountId: ending.accountId, wrote: ending.steps.length > 0, steps: ending.steps };
}

const MEMBERSHIP_STEPS: readonly string[] = (['add', 'remove'] as const).map((change) => stepOfMembership({ group: '', change }));

/** The picture is the one that was announced last. */
function endingOf({ link, steps, failure }: Returned): Ending {
  const { accountId, attempted, desired } = link;
  const picture = attempted.at(-1) ?? {};
  if (failure !== null) return { kind: 'failed', failure, waitingOn: null, accountId, wrote: true, picture, steps: steps.filter((step) => !MEMBERSHIP_STEPS.includes(step)), planned: steps };
  return { kind: 'done', steps, picture, accountId, owned: desired.presence !== 'absent' };
}

const DEFECT = 'This is a defect of the connector.';
const NO_GROUPS = new ClassifiedError({ kind: 'unclassified', code: 'groups-not-offered', message: `A plan has memberships, but the connector cannot write groups. ${DEFECT}` });
const NO_ACCOUNT = new ClassifiedError({ kind: 'unclassified', code: 'membership-without-account', message: `A plan has memberships of an account whose id nobody knows. ${DEFECT}` });
