import { type Failure, type FailureKind, failureOf } from '@rolebridge/contracts';
import { isMet, mergeMembers } from '../decide/merge-members.ts';
import { GROUP_STALE, type GroupChange, type GroupSnapshot } from '../groups.ts';
import type { DeltaResult } from '../store/group-wait.ts';
import type { GroupDelta } from '../store/group-write.ts';

/** The calls for one group, as its writer makes them. */
export interface GroupCalls {
  read(): Promise<GroupSnapshot | undefined>;
  /** `numbers`: of the changes that it stands for. */
  write(change: Omit<GroupChange, 'group'>, numbers: readonly number[]): Promise<void>;
  /** Whether the group is surely still ours (monotonic clock, L24). */
  holds(): boolean;
}

export interface GroupWritten {
  readonly results: readonly DeltaResult[];
  /** A write without a known end is under way, or was not to be seen afterwards. */
  readonly doubt: boolean;
}

/** The group went to another writer before the write: everything stays as it is stored. */
export class GroupLost extends Error {
  override readonly name = 'GroupLost';
}

/** Reads again so often when somebody else keeps changing the group. */
const STALE_TRIES = 5;

/** A refusal of several is nobody's verdict (L22). Failures that say nothing about the content are not halved. */
const REFUSALS: readonly FailureKind[] = ['rejected', 'malformed', 'waiting'];

const STALE: Failure = { kind: 'transient', code: GROUP_STALE, message: 'Somebody else keeps changing this group; tried again.' };
const NOT_CONFIRMED: Failure = { kind: 'in-doubt', code: 'group-not-confirmed', message: 'The group does not show what was written; it is looked at again.' };

function unknownGroup(group: string): Failure {
  return { kind: 'rejected', code: 'group-unknown', message: `There is no group "${group}" at the target, and groups are not created. Create it there, or correct the rule that gives it, then redrive.` };
}

/** One read–merge–write of several people's changes, and a look at what came of it. Throws {@link GroupLost}, never a failure of the target. */
export async function writeGroup(group: string, deltas: readonly GroupDelta[], calls: GroupCalls): Promise<GroupWritten> {
  for (let attempt = 1; attempt <= STALE_TRIES; attempt++) {
    const snapshot = await looked(calls);
    if ('failure' in snapshot) return { results: deltas.map((delta) => ({ delta, failure: snapshot.failure })), doubt: false };
    if (snapshot.found === undefined) return { results: deltas.map((delta) => nowhere(group, delta)), doubt: false };
    const { met, open } = split(snapshot.found, deltas);
    const written = open.length === 0 ? { results: [], doubt: false } : await writeOpen(group, open, { calls, snapshot: snapshot.found });
    if (written !== 'stale') return { ...written, results: [...met, ...written.results] };
  }
  return { results: deltas.map((delta) => ({ delta, failure: STALE })), doubt: false };
}

/** Nobody is a member of a group that is not there. */
function nowhere(group: string, delta: GroupDelta): DeltaResult {
  return delta.change === 'remove' ? { delta } : { delta, failure: unknownGroup(group) };
}

type Looked = { readonly found: GroupSnapshot | undefined } | { readonly failure: Failure };

async function looked(calls: GroupCalls): Promise<Looked> {
  try {
    return { found: await calls.read() };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function split({ members }: GroupSnapshot, deltas: readonly GroupDelta[]): { readonly met: readonly DeltaResult[]; readonly open: readonly GroupDelta[] } {
  const there = new Set(members);
  return { met: deltas.filter((delta) => isMet(there, delta)).map((delta) => ({ delta })), open: deltas.filter((delta) => !isMet(there, delta)) };
}

async function writeOpen(group: string, open: readonly GroupDelta[], { calls, snapshot }: { readonly calls: GroupCalls; readonly snapshot: GroupSnapshot }): Promise<GroupWritten | 'stale'> {
  if (!calls.holds()) throw new GroupLost();
  const failure = await failureIn(() => calls.write({ snapshot, ...mergeMembers(snapshot.members, open) }, open.map(({ number }) => number)));
  if (failure === undefined) return confirmed(open, calls, NOT_CONFIRMED);
  if (failure.code === GROUP_STALE) return 'stale';
  if (failure.kind === 'in-doubt') return confirmed(open, calls, failure);
  if (REFUSALS.includes(failure.kind)) return open.length > 1 ? halves(group, open, calls) : ofOne(open, failure, { calls, snapshot });
  return { results: open.map((delta) => ({ delta, failure })), doubt: failure.kind === 'unclassified' };
}

/** A list names all members: when one of them has gone meanwhile, with the account, the refusal is not about him who joins. */
async function ofOne(open: readonly GroupDelta[], failure: Failure, { calls, snapshot }: { readonly calls: GroupCalls; readonly snapshot: GroupSnapshot }): Promise<GroupWritten | 'stale'> {
  const now = await looked(calls);
  const same = 'found' in now && now.found !== undefined && sameMembers(now.found, snapshot);
  return same ? { results: open.map((delta) => ({ delta, failure })), doubt: false } : 'stale';
}

function sameMembers(one: GroupSnapshot, other: GroupSnapshot): boolean {
  const there = new Set(other.members);
  return one.members.length === there.size && one.members.every((member) => there.has(member));
}

async function failureIn(write: () => Promise<void>): Promise<Failure | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}

/** What is seen to be there is there, whatever became of the answer; the rest may still come. */
async function confirmed(open: readonly GroupDelta[], calls: GroupCalls, otherwise: Failure): Promise<GroupWritten> {
  const snapshot = await looked(calls);
  const { met, open: unseen } = 'failure' in snapshot || snapshot.found === undefined ? { met: [], open } : split(snapshot.found, open);
  return { results: [...met, ...unseen.map((delta) => ({ delta, failure: otherwise }))], doubt: unseen.length > 0 };
}

async function halves(group: string, open: readonly GroupDelta[], calls: GroupCalls): Promise<GroupWritten> {
  const middle = Math.ceil(open.length / 2);
  const first = await writeGroup(group, open.slice(0, middle), calls);
  const second = await writeGroup(group, open.slice(middle), calls);
  return { results: [...first.results, ...second.results], doubt: first.doubt || second.doubt };
}
