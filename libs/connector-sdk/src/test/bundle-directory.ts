import { setTimeout as pause } from 'node:timers/promises';
import { ClassifiedError, type Failure } from '@rolebridge/contracts';
import type { BundleMember, MemberResult } from '../bundle.ts';
import type { Connector, Plan, PlanInput } from '../port.ts';

export interface TitlePicture {
  readonly title: string;
}

export interface BundleCall {
  readonly keys: readonly string[];
  readonly wireId: string;
  /** Whether it went by the call for several, even if it was only one. */
  readonly bundled: boolean;
}

/** A target that takes many accounts in one call. It refuses a call as a whole when one of its members is bad, or tells them apart. */
export class BundleDirectory {
  readonly titles = new Map<string, string>();
  readonly calls: BundleCall[] = [];
  /** Keys that are refused. */
  readonly bad = new Set<string>();
  /** Keys about which a good answer says nothing, although the work is done. */
  readonly unmentioned = new Set<string>();
  /** One bad member: the whole call is refused (as with `Transaction=True`), or only he is. */
  refuses: 'all' | 'each' = 'all';
  delayMs = 1;
  /** What happens to a call, before anything is done (`before`) or after (`after`). */
  mischief: (call: BundleCall) => Promise<{ readonly at: 'before' | 'after'; readonly failure: Failure } | undefined> | { readonly at: 'before' | 'after'; readonly failure: Failure } | undefined = () => undefined;

  async write(call: BundleCall, titles: ReadonlyMap<string, string>): Promise<readonly (MemberResult | undefined)[]> {
    this.calls.push(call);
    const fault = await this.mischief(call);
    if (fault?.at === 'before') throw new ClassifiedError(fault.failure);
    await pause(this.delayMs);
    const bad = call.keys.filter((key) => this.bad.has(key));
    if (bad.length > 0 && this.refuses === 'all') throw new ClassifiedError(REFUSED);
    for (const key of call.keys) if (!bad.includes(key)) this.titles.set(key, titles.get(key) ?? '');
    if (fault?.at === 'after') throw new ClassifiedError(fault.failure);
    return call.keys.map((key) => (bad.includes(key) ? { failure: REFUSED } : this.unmentioned.has(key) && call.bundled ? undefined : { result: { accountId: `acc-${key}` } }));
  }
}

const REFUSED: Failure = { kind: 'rejected', code: 'http-400', message: 'Something in it is not good.' };

/** The connector of a {@link BundleDirectory}. */
export function bundleConnector(directory: BundleDirectory, maxSize: number): Connector<TitlePicture, string | null> {
  const send = (members: readonly Pick<BundleMember<TitlePicture>, 'step' | 'link'>[], wireId: string, bundled: boolean) =>
    directory.write({ keys: members.map(({ link }) => link.accountKey), wireId, bundled }, new Map(members.map(({ link, step }) => [link.accountKey, String(step.payload)])));
  return {
    kind: 'directory',
    confirmable: true,
    settingsHash: 'v1',
    keyCandidates: (desired) => [desired.attributes.userName],
    observe: (link) => Promise.resolve(directory.titles.get(link.accountKey) ?? null),
    plan,
    async apply(step, link, call) {
      const [own] = await send([{ step, link }], call.wireId, false);
      if (own === undefined || 'failure' in own) throw new ClassifiedError(own?.failure ?? REFUSED);
      return own.result;
    },
    bundle: { maxSize, bundleOf: () => 'titles', apply: (members, call) => send(members, call.wireId, true) },
    probe: () => Promise.resolve(),
  };
}

function plan({ desired, link, observation }: PlanInput<TitlePicture, string | null>): Plan<TitlePicture> {
  const title = desired.attributes.title ?? '';
  const same = observation === title;
  return { kind: 'steps', steps: same ? [] : [{ name: 'write', creates: observation === null, losses: [], payload: title, body: title }], target: { title }, ...(observation === null ? {} : { accountId: `acc-${link.accountKey}` }) };
}
