import type { LinkView, Membership, Plan, PlanInput, Step } from '@rolebridge/connector-sdk';
import type { DesiredAccount } from '@rolebridge/contracts';
import { SCIM_URN } from '@rolebridge/contracts';
import type { DirectoryAccount } from './accounts.ts';
import type { OnBehalf } from './client.ts';
import { numberIn } from '../stories/story.ts';

/** What the connector of the chaos directory keeps of an account. */
export interface DirectoryState {
  readonly login: string;
  readonly active: boolean;
  readonly groups: readonly string[];
  readonly number: number;
}

export type DirectoryObservation = DirectoryAccount | null;

export type DirectoryPayload =
  | (OnBehalf & { readonly kind: 'create' | 'update'; readonly fields: Pick<DirectoryState, 'login' | 'active'> })
  | (OnBehalf & { readonly kind: 'groups'; readonly add: readonly string[]; readonly remove: readonly string[] })
  | (OnBehalf & { readonly kind: 'delete' });

/** Employee number of the person: the key of the account. */
export function ownerOf(desired: DesiredAccount): string {
  return desired.attributes[SCIM_URN.enterpriseUser]?.employeeNumber ?? '';
}

export function behalfOf(desired: DesiredAccount): OnBehalf {
  return { owner: ownerOf(desired), number: numberIn(desired.attributes.name?.familyName), generation: desired.generation };
}

/** How the directory is spoken to: each account by its own call and its groups one by one, or accounts in bundles and groups as objects that many share. */
export type Dialect = 'single' | 'shared';

type Input = PlanInput<DirectoryState, DirectoryObservation>;

/** PURE. The directory can be read, so the plan is the difference to what was seen. */
export function planDirectory({ desired, link, observation }: Input, dialect: Dialect): Plan<DirectoryState> {
  const by = behalfOf(desired);
  const gone = desired.presence === 'absent';
  const groups = gone ? [] : groupsIn(desired);
  const target: DirectoryState = { login: desired.attributes.userName, active: desired.presence === 'active', groups, number: by.number };
  const common = { kind: 'steps', target, ...(observation ? { accountId: observation.id } : {}) } as const;
  const own = gone ? leaving(observation, by) : account(observation, target, by);
  if (dialect === 'shared') return { ...common, steps: own, memberships: memberships(observation, target, link) };
  return { ...common, steps: gone ? own : [...own, ...membership(observation, target, by)] };
}

function groupsIn({ entitlements }: DesiredAccount): readonly string[] {
  return (entitlements.group?.items ?? []).map(({ value }) => value).toSorted();
}

function leaving(observation: DirectoryObservation, by: OnBehalf): readonly Step[] {
  return observation ? [step({ ...by, kind: 'delete' }, ['remove'])] : [];
}

function account(observation: DirectoryObservation, { login, active, number }: DirectoryState, by: OnBehalf): readonly Step[] {
  const fields = { login, active };
  if (!observation) return [step({ ...by, kind: 'create', fields }, [])];
  const same = observation.login === login && observation.active === active && observation.number === number;
  return same ? [] : [step({ ...by, kind: 'update', fields }, observation.active && !active ? ['disable'] : [])];
}

function membership(observation: DirectoryObservation, { groups }: DirectoryState, by: OnBehalf): readonly Step[] {
  const there = observation?.groups ?? [];
  const add = groups.filter((group) => !there.includes(group));
  const remove = there.filter((group) => !groups.includes(group));
  return add.length + remove.length === 0 ? [] : [step({ ...by, kind: 'groups', add, remove }, remove.map(() => 'role'))];
}

/** What earlier plans asked for may still be under way, so nothing that we gave, or that is not surely there, is taken from what was seen (L18). */
function memberships(observation: DirectoryObservation, { groups }: DirectoryState, link: LinkView<DirectoryState>): readonly Membership[] {
  const there = observation?.groups ?? [];
  const sure = link.attempted.length === 0 ? there : [];
  return [
    ...[...new Set([...there, ...givenBefore(link)])].filter((group) => !groups.includes(group)).map((group) => ({ group, change: 'remove' }) as const),
    ...groups.filter((group) => !sure.includes(group)).map((group) => ({ group, change: 'add' }) as const),
  ];
}

/** An account that nobody has seen is in no group. */
function givenBefore({ accountId, lastApplied, attempted }: LinkView<DirectoryState>): readonly string[] {
  return accountId === undefined ? [] : [lastApplied, ...attempted].flatMap((state) => state?.groups ?? []);
}

function step(payload: DirectoryPayload, losses: Step['losses']): Step {
  return { name: payload.kind, creates: payload.kind === 'create', losses, payload, body: JSON.stringify(payload) };
}
