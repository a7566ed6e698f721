import { setTimeout as pause } from 'node:timers/promises';
import { ClassifiedError, type DesiredAccount, type Failure } from '@rolebridge/contracts';
import { GROUP_STALE, type GroupChange, type GroupSnapshot, type SharedGroups } from '../groups.ts';
import type { Connector, LinkView, Plan, Step } from '../port.ts';

export interface GroupPicture {
  readonly active: boolean;
  readonly groups: readonly string[];
}

/** What happens to a call of a group: an error before the work, after it, or nothing. May wait. */
export type GroupMischief = (call: { readonly operation: 'read' | 'write'; readonly group: string; readonly change?: GroupChange }) => Promise<Fault> | Fault;

type Fault = Failure | 'lost' | undefined;

const LOST: Failure = { kind: 'in-doubt', code: 'no-answer', message: 'The answer was lost.' };
const STALE: Failure = { kind: 'transient', code: GROUP_STALE, message: 'The group has changed.' };

/** A target whose groups are written by their full list, as many directories are: whoever writes an old list erases what came between. */
export class GroupDirectory {
  readonly accounts = new Map<string, string>();
  readonly groups = new Map<string, ReadonlySet<string>>();
  /** Each list that was really written, in order. */
  readonly writes: { readonly group: string; readonly members: readonly string[] }[] = [];
  readonly refused: string[] = [];
  /** Members that a good answer leaves out all the same, as often as said. */
  readonly dropped = new Map<string, number>();
  /** Whether a write of an old version is refused. */
  etags = false;
  /** Each call takes that long, milliseconds. */
  delayMs = 1;
  /** Most writes of one group at the same moment. */
  mostWriters = 0;
  mischief: GroupMischief = () => undefined;
  readonly #writing = new Map<string, number>();

  constructor(groups: readonly string[]) {
    for (const group of groups) this.groups.set(group, new Set(['by-hand']));
  }

  membersOf(group: string): readonly string[] {
    return [...(this.groups.get(group) ?? [])].toSorted();
  }

  async read(group: string): Promise<GroupSnapshot | undefined> {
    await this.#trouble({ operation: 'read', group });
    await pause(this.delayMs);
    const members = this.groups.get(group);
    return members && { members: [...members], resource: members };
  }

  async write(change: GroupChange): Promise<void> {
    const { group, members, snapshot } = change;
    this.#note(group, 1);
    try {
      const fault = await this.#trouble({ operation: 'write', group, change });
      await pause(this.delayMs);
      if (this.etags && snapshot.resource !== this.groups.get(group)) throw new ClassifiedError(STALE);
      const unknown = members.find((member) => this.refused.includes(member));
      if (unknown !== undefined) throw new ClassifiedError({ kind: 'rejected', code: 'http-400', message: 'A member is unknown.' });
      this.groups.set(group, new Set(members.filter((member) => !this.#drops(member))));
      this.writes.push({ group, members });
      if (fault === 'lost') throw new ClassifiedError(LOST);
    } finally {
      this.#note(group, -1);
    }
  }

  #drops(member: string): boolean {
    const times = this.dropped.get(member) ?? 0;
    if (times > 0) this.dropped.set(member, times - 1);
    return times > 0;
  }

  #note(group: string, by: number): void {
    const now = (this.#writing.get(group) ?? 0) + by;
    this.#writing.set(group, now);
    this.mostWriters = Math.max(this.mostWriters, now);
  }

  async #trouble(call: Parameters<GroupMischief>[0]): Promise<'lost' | undefined> {
    const fault = await this.mischief(call);
    if (fault === undefined || fault === 'lost') return fault;
    throw new ClassifiedError(fault);
  }
}

/** The connector of a {@link GroupDirectory}: roles are its groups. */
export function groupConnector(directory: GroupDirectory, { readable, ...options }: Pick<SharedGroups, 'maxChanges'> & { readonly readable?: boolean } = {}): Connector<GroupPicture, string | null> {
  return {
    ...(readable === true ? { seen: (id) => (id === null ? null : { accountId: id, presence: 'active', attributes: { userName: id } }) } : {}),
    kind: 'directory',
    confirmable: true,
    settingsHash: 'v1',
    keyCandidates: (desired) => [desired.attributes.userName],
    observe: (link) => Promise.resolve(directory.accounts.get(link.accountKey) ?? null),
    plan: ({ desired, link, observation }) => plan(desired, link, observation),
    apply(_, link) {
      const accountId = `acc-${link.accountKey}`;
      directory.accounts.set(link.accountKey, accountId);
      return Promise.resolve({ accountId });
    },
    groups: { ...options, read: (group) => directory.read(group), write: (change) => directory.write(change) },
    probe: () => Promise.resolve(),
  };
}

function plan(desired: DesiredAccount, link: LinkView<GroupPicture>, account: string | null): Plan<GroupPicture> {
  const wished = desired.presence === 'active' ? (desired.entitlements.role?.items ?? []).map(({ value }) => value) : [];
  const sure = link.attempted.length === 0 ? (link.lastApplied?.groups ?? []) : [];
  const possible = [link.lastApplied, ...link.attempted].flatMap((picture) => picture?.groups ?? []);
  const target = { active: desired.presence === 'active', groups: wished };
  if (account === null && desired.presence === 'absent') return { kind: 'steps', steps: [], target };
  const create: Step = { name: 'create', creates: true, losses: [], payload: null, body: '' };
  const add = wished.filter((group) => !sure.includes(group)).map((group) => ({ group, change: 'add' }) as const);
  const remove = [...new Set(possible)].filter((group) => !wished.includes(group)).map((group) => ({ group, change: 'remove' }) as const);
  return { kind: 'steps', steps: account === null ? [create] : [], target, memberships: [...remove, ...add], ...(account === null ? {} : { accountId: account }) };
}
