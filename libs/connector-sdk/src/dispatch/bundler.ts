import { ClassifiedError, type Failure, type FailureKind, failureOf } from '@rolebridge/contracts';
import type { BundleMember, MemberResult } from '../bundle.ts';
import { bundleWireId } from '../decide/wire-id.ts';
import type { CallContext, Connector, LinkView, Step, StepResult } from '../port.ts';
import { LEASE_GONE } from './attempt.ts';
import { asEcho } from './echo.ts';

export interface BundlerOptions {
  readonly connector: Connector<object, unknown>;
  /** Every call to the target passes here: concurrency and rate. */
  readonly call: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Makes the members' leases outlive one call; the people whose leases still hold. */
  readonly prolong: (userIds: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface Bundler {
  /** The connector, with steps of calls marked `shared` gathered into bundles. */
  readonly connector: Connector<object, unknown>;
  /** Whether a step may share its call with others'. */
  readonly sharesCall: (step: Step) => boolean;
}

interface Waiting {
  readonly member: BundleMember<object>;
  readonly resolve: (result: StepResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Steps that become due within this time go together, milliseconds; while the target is busy they gather longer by themselves. */
const GATHER_MS = 10;

/** A refusal of several says that something is wrong with one of them. */
const REFUSALS: readonly FailureKind[] = ['rejected', 'malformed', 'waiting'];

const NO_RESULT: Failure = { kind: 'in-doubt', code: 'bundle-no-result', message: 'The target took a bundle but said nothing about this member; it is sent again alone.' };

const LEASES_UNKNOWN: Failure = { kind: 'transient', code: 'leases-unknown', message: 'The leases of a bundle could not be prolonged, so it was not sent; tried again.' };

/** Gathers bundleable steps. A connector without bundles stays as it is. */
export function bundler(options: BundlerOptions): Bundler {
  const { connector } = options;
  const bundle = connector.bundle;
  if (bundle === undefined || bundle.maxSize < 2) return { connector, sharesCall: () => false };
  const queues = new Map<string, Queue>();
  const apply = (step: Step, link: LinkView<object>, call: CallContext): Promise<StepResult> => {
    const key = call.shared === true ? bundle.bundleOf(step) : undefined;
    if (key === undefined) return connector.apply(step, link, call);
    const queue = queues.get(key) ?? new Queue({ ...options, maxSize: bundle.maxSize, send: (members, context) => bundle.apply(members, context) });
    queues.set(key, queue);
    return queue.add({ step, link, call }, call.signal);
  };
  return {
    connector: Object.assign(Object.create(connector) as Connector<object, unknown>, { apply }), // the other methods are inherited
    sharesCall: (step) => bundle.bundleOf(step) !== undefined,
  };
}

interface QueueOptions extends BundlerOptions {
  readonly maxSize: number;
  readonly send: (members: readonly BundleMember<object>[], call: CallContext) => Promise<readonly (MemberResult | undefined)[]>;
}

/** Steps that may go together. */
class Queue {
  readonly #options: QueueOptions;
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turns = 0;
  #signal = new AbortController().signal;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  add(member: BundleMember<object>, signal: AbortSignal): Promise<StepResult> {
    this.#signal = signal;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ member, resolve, reject });
      if (this.#waiting.length % this.#options.maxSize === 0) this.#go();
      else this.#timer ??= setTimeout(() => this.#go(), GATHER_MS);
    });
  }

  /** As many turns are asked for as are needed for all who wait. */
  #go(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#turns * this.#options.maxSize >= this.#waiting.length) return;
    this.#turns += 1;
    void this.#inTurn(() => {
      this.#turns -= 1;
      return this.#waiting.splice(0, this.#options.maxSize);
    });
  }

  /** Who goes is decided when the turn has come, so that those who came meanwhile go along. */
  async #inTurn(take: () => readonly Waiting[]): Promise<void> {
    let part: readonly Waiting[] | undefined;
    try {
      const results = await this.#options.call(async () => {
        part = take();
        part = await this.#stillOurs(part);
        return part.length === 0 ? [] : this.#send(part);
      }, this.#signal);
      answer(part ?? [], results);
    } catch (error) {
      await this.#failed(part ?? take(), error);
    }
  }

  /** Whose lease has gone meanwhile goes to somebody else. */
  async #stillOurs(part: readonly Waiting[]): Promise<readonly Waiting[]> {
    const held = await this.#options.prolong(part.map(({ member }) => member.link.userId)).catch((error: unknown) => {
      throw new ClassifiedError(LEASES_UNKNOWN, { cause: error });
    });
    const ours = ({ member }: Waiting) => held.has(member.link.userId);
    for (const gone of part.filter((one) => !ours(one))) gone.reject(new ClassifiedError(LEASE_GONE));
    return part.filter(ours);
  }

  #send(part: readonly Waiting[]): Promise<readonly (MemberResult | undefined)[]> {
    const members = part.map(({ member }) => member);
    const wireId = bundleWireId(members.map(({ call }) => call.wireId));
    const [first] = part;
    return this.#options.send(members, { correlationId: first?.member.call.correlationId ?? '', wireId, signal: this.#signal });
  }

  /** A refusal of several is halved down to one; a lost answer leaves every member in doubt. */
  async #failed(part: readonly Waiting[], error: unknown): Promise<void> {
    const failure = failureOf(error);
    if (part.length > 1 && REFUSALS.includes(failure.kind)) return this.#halves(part);
    const shared = part.length > 1 ? new ClassifiedError(failure.kind === 'unclassified' ? { ...failure, kind: 'in-doubt' } : failure) : error;
    for (const [index, { reject }] of part.entries()) reject(index === 0 ? shared : asEcho(new ClassifiedError(failureOf(shared))));
  }

  async #halves(part: readonly Waiting[]): Promise<void> {
    const middle = Math.ceil(part.length / 2);
    await this.#inTurn(() => part.slice(0, middle));
    await this.#inTurn(() => part.slice(middle));
  }
}

function answer(part: readonly Waiting[], results: readonly (MemberResult | undefined)[]): void {
  for (const [index, { resolve, reject }] of part.entries()) {
    const own = results[index] ?? { failure: NO_RESULT };
    const mark = <T extends object>(value: T): T => (index === 0 ? value : asEcho(value));
    if ('failure' in own) reject(mark(new ClassifiedError(own.failure)));
    else resolve(mark({ ...own.result }));
  }
}
