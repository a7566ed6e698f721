import { ClassifiedError, type DesiredAccount, type Failure, SCIM_URN } from '@rolebridge/contracts';
import type { CallContext, Connector, LinkView, Plan, PlanInput, Step, StepResult } from '../port.ts';
import type { SeenAccount } from '../seen.ts';

/** An account as the directory holds it. */
export interface Account {
  readonly id: string;
  readonly key: string;
  readonly active: boolean;
  readonly units: readonly string[];
  readonly title: string;
  /** Global User ID, given by the directory. */
  readonly uuid?: string;
}

export interface Picture {
  readonly active: boolean;
  readonly units: readonly string[];
  readonly title: string;
}

/** What happens to a call: an error before or after the work is done, or a wait. */
export type Mischief = (call: { readonly operation: string; readonly userId: string; readonly signal: AbortSignal }) => Promise<'before' | 'after' | undefined> | 'before' | 'after' | undefined;

/**
 * A small target that really keeps accounts, for tests of the SDK: it refuses a second account of the same key, logs every effect,
 * and can be told to misbehave. Units that are not removed explicitly stay, as at Sales Cloud.
 */
export class Directory {
  readonly accounts = new Map<string, Account>();
  /** Every effect, in order: `<key> <title>`; the title carries the number of the change. */
  readonly effects: string[] = [];
  failure: Failure = { kind: 'transient', code: 'http-503', message: 'The target is busy.' };
  mischief: Mischief = () => undefined;
  credentialsGood = true;
  probes = 0;
  #next = 1;

  byKey(key: string): Account | undefined {
    return [...this.accounts.values()].find((account) => account.key === key);
  }

  async call<T>(operation: string, userId: string, signal: AbortSignal, work: () => T): Promise<T> {
    const fault = await this.mischief({ operation, userId, signal });
    if (fault === 'before') throw new ClassifiedError(this.failure);
    if (!this.credentialsGood) throw new ClassifiedError({ kind: 'halting', code: 'http-401', message: 'Credentials refused.' });
    const result = work();
    if (fault === 'after') throw new ClassifiedError({ kind: 'in-doubt', code: 'no-answer', message: 'The answer was lost.' });
    return result;
  }

  write(key: string, picture: Picture, removed: readonly string[]): string {
    const known = this.byKey(key);
    const id = known?.id ?? `acc-${this.#next++}`;
    const kept = (known?.units ?? []).filter((unit) => !removed.includes(unit));
    this.accounts.set(id, { ...known, id, key, active: picture.active, title: picture.title, units: [...new Set([...kept, ...picture.units])].toSorted() });
    this.effects.push(`${key} ${picture.title}`);
    return id;
  }
}

interface Payload {
  readonly picture: Picture;
  readonly removed: readonly string[];
}

export interface DirectoryConnectorOptions {
  /** One-way: nothing can be read, nothing is confirmed. */
  readonly oneWay?: boolean;
  /** Units are taken but never shown, as business units at Fieldglass. */
  readonly hidesUnits?: boolean;
  readonly settingsHash?: string;
  /** It shows its accounts, all of them page by page. */
  readonly readable?: boolean;
  /** It gives people their Global User ID. */
  readonly teachesIds?: boolean;
}

/** The connector of the {@link Directory}. */
export function directoryConnector(directory: Directory, options: DirectoryConnectorOptions = {}): Connector<Picture, Account | null> {
  const oneWay = options.oneWay ?? false;
  return {
    kind: 'directory',
    confirmable: !oneWay,
    settingsHash: options.settingsHash ?? 'v1',
    keyCandidates: (desired) => [desired.attributes.userName],
    observe(link, desired, call) {
      if (oneWay) return Promise.resolve(null);
      return directory.call('observe', desired.userId, call.signal, () => directory.accounts.get(link.accountId ?? '') ?? directory.byKey(link.accountKey) ?? null);
    },
    ...(options.readable === true ? reading(directory) : {}),
    ...(options.teachesIds === true ? { teachesIds: true } : {}),
    plan: (input) => plan(input, oneWay || options.hidesUnits === true),
    apply: (step, link, call) => apply(directory, step, link, call),
    async probe() {
      directory.probes += 1;
      if (!directory.credentialsGood) throw new ClassifiedError({ kind: 'halting', code: 'http-401', message: 'Credentials refused.' });
      return Promise.resolve();
    },
  };
}

const PAGE = 2;

function reading(directory: Directory): Pick<Connector<Picture, Account | null>, 'seen' | 'listAccounts' | 'listEntitlements'> {
  const units = () => [...new Set([...directory.accounts.values()].flatMap((account) => account.units))];
  return {
    seen: (account) => account && seenOf(account),
    async *listAccounts(signal) {
      const all = [...directory.accounts.values()].map(seenOf);
      for (let at = 0; at < all.length; at += PAGE) yield await directory.call('list', '', signal, () => all.slice(at, at + PAGE));
    },
    async *listEntitlements(signal) {
      yield await directory.call('list', '', signal, () => units().map((value) => ({ type: 'unit' as const, id: value, value })));
    },
  };
}

function seenOf({ id, key, active, title, units, uuid }: Account): SeenAccount {
  const sap = uuid === undefined ? {} : { [SCIM_URN.sapUser]: { userUuid: uuid } };
  return { accountId: id, presence: active ? 'active' : 'disabled', attributes: { userName: key, title, ...sap }, entitlements: units.map((value) => ({ type: 'unit', value })) };
}

function pictureOf(desired: DesiredAccount): Picture {
  const present = desired.presence === 'active';
  return { active: present, units: present ? (desired.entitlements.unit?.items ?? []).map((item) => item.value) : [], title: desired.attributes.title ?? '' };
}

function plan({ desired, link, observation }: PlanInput<Picture, Account | null>, blind: boolean): Plan<Picture> {
  const target = pictureOf(desired);
  const believed: readonly Picture[] = blind ? [...link.attempted, ...(link.lastApplied ? [link.lastApplied] : [])] : observation ? [observation] : [];
  const never = believed.length === 0;
  if (never && desired.presence === 'absent') return { kind: 'steps', steps: [], target };
  const removed = [...new Set(believed.flatMap((picture) => picture.units))].filter((unit) => !target.units.includes(unit));
  const sure = link.attempted.length === 0 || !blind;
  const same = sure && believed.length === 1 && JSON.stringify(bare(believed[0])) === JSON.stringify(bare(target));
  const adopted = observation ? { accountId: observation.id } : {};
  if (same) return { kind: 'steps', steps: [], target, ...adopted };
  const losing = !target.active && believed.some((picture) => picture.active);
  const step: Step = { name: never ? 'create' : 'update', creates: never, losses: losing ? ['disable'] : [], payload: { picture: target, removed } satisfies Payload, body: JSON.stringify(target) };
  return { kind: 'steps', steps: [step], target, ...adopted };
}

function bare(picture: Picture | undefined): unknown {
  return picture && { active: picture.active, units: picture.units.toSorted(), title: picture.title };
}

function apply(directory: Directory, step: Step, link: LinkView<Picture>, call: CallContext): Promise<StepResult> {
  const { picture, removed } = step.payload as Payload; // made by plan above
  return directory.call(step.name, link.userId, call.signal, () => ({ accountId: directory.write(link.accountKey, picture, removed) }));
}
