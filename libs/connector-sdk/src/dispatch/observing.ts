import { setTimeout as pause } from 'node:timers/promises';
import { type DesiredAccount, failureOf, SCIM_URN, type ScimUser } from '@rolebridge/contracts';
import { seenAfter } from '../decide/seen-record.ts';
import type { Membership } from '../groups.ts';
import type { CallContext, Connector, LinkView, StepResult } from '../port.ts';
import type { SeenAccount } from '../seen.ts';
import type { LearnedIds } from '../store/learned-ids.ts';
import type { ClaimedLink } from '../store/link-store.ts';
import type { Look, Observed } from '../store/observed.ts';
import type { ObservedScans } from '../store/observed-scans.ts';
import { type Ending, viewOf } from './attempt.ts';
import type { DispatcherLog } from './dispatcher.ts';

export interface ObservingOptions {
  readonly system: string;
  readonly connector: Connector<object, unknown>;
  readonly observed: Observed;
  readonly learned: LearnedIds;
  readonly scans: ObservedScans;
  /** Every call to the target passes here: concurrency and rate. */
  readonly call: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Nobody looks around at a target that is in trouble. */
  readonly mayLook: () => boolean;
  readonly log: DispatcherLog;
}

/** Tells on topics what a readable target shows: after attempts, and in a paced look at everything. */
export interface Observing {
  /** The connector, with its looks and answers remembered for {@link note}. */
  readonly connector: Connector<object, unknown>;
  /** Tells what an attempt saw. Never rejects: what is not told now is told by the next look. */
  note(link: ClaimedLink, ending: Ending): Promise<void>;
  /** The same of an attempt that waited for its groups, perhaps begun by another instance. */
  noteLater(link: ClaimedLink, ending: Ending): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

interface Memory {
  seen: SeenAccount | null;
  view: LinkView<object>;
  readonly desired: DesiredAccount;
  /** Told once they are there. */
  readonly memberships?: readonly Membership[];
  /** Something was written whose answer did not show the account. */
  unclear: boolean;
}

/** How often it is asked whether a look at everything is due, milliseconds. */
const POLL_MS = 1_000;
/** Pause between two pages, so that people's own changes come through. */
const PAGE_PAUSE_MS = 20;

export function observing(options: ObservingOptions): Observing {
  const { connector } = options;
  const memories = new Map<string, Memory>();
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const toldOrWarned = async (attempted: Attempted): Promise<void> => {
    memories.delete(attempted.link.userId);
    try {
      await tell(options, attempted, stop.signal);
    } catch (error) {
      options.log.warn({ err: error, system: options.system }, 'What an account looks like could not be told; the next look tells it.');
    }
  };
  return {
    connector: connector.seen === undefined ? connector : remembering(connector, memories),
    async note(link, ending) {
      const memory = memories.get(link.userId);
      if (memory === undefined) return;
      if (ending.kind === 'done' && ending.memberships !== undefined) keep(memories, link, { ...memory, memberships: ending.memberships });
      else await toldOrWarned({ link, ending, memory });
    },
    async noteLater(link, ending) {
      if (connector.seen !== undefined) await toldOrWarned({ link, ending, memory: memories.get(link.userId) ?? unseen(link) });
    },
    start() {
      if (connector.listAccounts !== undefined) running = scanning(options, stop.signal);
    },
    async close() {
      stop.abort();
      await running;
    },
  };
}

/** Connectors may be classes, so the methods stay where they are. */
function remembering(connector: Connector<object, unknown>, memories: Map<string, Memory>): Connector<object, unknown> {
  const watched: Pick<Connector<object, unknown>, 'observe' | 'apply'> = {
    async observe(link, desired, call) {
      const observation = await connector.observe(link, desired, call);
      memories.set(link.userId, { seen: connector.seen?.(observation) ?? null, view: link, desired, unclear: false });
      return observation;
    },
    async apply(step, link, call) {
      const result = await connector.apply(step, link, call);
      const memory = memories.get(link.userId);
      if (memory) remember(memory, result);
      return result;
    },
  };
  return Object.assign(Object.create(connector) as Connector<object, unknown>, watched); // the other methods are inherited
}

function remember(memory: Memory, { seen, told }: StepResult): void {
  if (seen === undefined) memory.unclear = true;
  else if (seen !== 'as-before') memory.seen = seen === null || memory.seen === null ? seen : seenAfter(memory.seen, seen);
  if (told !== undefined && memory.seen !== null) memory.seen = seenAfter(memory.seen, { ...bare(memory.seen), told });
}

/** What waits for groups that another instance writes is never asked for again. */
const MOST_KEPT = 5_000;

function keep(memories: Map<string, Memory>, { userId }: ClaimedLink, memory: Memory): void {
  memories.delete(userId);
  memories.set(userId, memory);
  const [oldest] = memories.keys();
  if (memories.size > MOST_KEPT && oldest !== undefined) memories.delete(oldest);
}

function toldBy(memberships: readonly Membership[]): NonNullable<SeenAccount['told']> {
  const named = (change: Membership['change']) => memberships.filter((one) => one.change === change).map(({ group }) => ({ type: 'group' as const, value: group }));
  return { has: named('add'), hasNot: named('remove') };
}

/** Nobody here has looked at it in this attempt. */
function unseen(link: ClaimedLink): Memory {
  return { seen: null, view: viewOf(link, link.accountKey ?? ''), desired: link.desired, unclear: true };
}

/** The account without what was told about its entitlements. */
function bare({ accountId, presence, attributes }: SeenAccount): SeenAccount {
  return { accountId, presence, attributes };
}

interface Attempted {
  readonly link: ClaimedLink;
  readonly ending: Ending;
  readonly memory: Memory;
}

async function tell(options: ObservingOptions, attempted: Attempted, signal: AbortSignal): Promise<void> {
  const { ending } = attempted;
  if (ending.kind === 'failed' && ending.wrote) return;
  await bringUpToDate(options, attempted, signal);
  const look = lookOf(attempted);
  if (look) await options.observed.tell([look]);
  if (options.connector.teachesIds === true && look?.owner) await teach(options, attempted);
}

async function bringUpToDate(options: ObservingOptions, attempted: Attempted, signal: AbortSignal): Promise<void> {
  const { ending, memory } = attempted;
  if (memory.unclear) memory.seen = await lookAgain(options, attempted, signal);
  if (memory.memberships && ending.kind === 'done') remember(memory, { seen: 'as-before', told: toldBy(memory.memberships) });
}

/** Only where the person has none yet: the second round is no change (L8). */
async function teach({ learned }: ObservingOptions, { link, memory }: Attempted): Promise<void> {
  const userUuid = uuidOf(memory.seen?.attributes);
  if (userUuid !== undefined && uuidOf(link.desired.attributes) === undefined) await learned.tell(link.userId, userUuid);
}

function uuidOf(attributes: ScimUser | undefined): string | undefined {
  return attributes?.[SCIM_URN.sapUser]?.userUuid;
}

async function lookAgain({ connector, call }: ObservingOptions, { link, ending, memory }: Attempted, signal: AbortSignal): Promise<SeenAccount | null> {
  const accountId = 'accountId' in ending ? ending.accountId : null;
  const view = accountId === null ? memory.view : { ...memory.view, accountId };
  const context: CallContext = { correlationId: link.desired.cause.correlationId, wireId: '', signal };
  return connector.seen?.(await call(() => connector.observe(view, memory.desired, context), signal)) ?? null;
}

/** Whose account it is, as far as this attempt knows. */
function lookOf({ link, ending, memory }: Attempted): Look | undefined {
  const { entitlements } = link.desired;
  const { owned, accountId: known, applied } = ending.kind === 'done' ? { ...ending, applied: link.generation } : link;
  const accountId = memory.seen?.accountId ?? known;
  if (accountId === null) return undefined;
  if (accountId !== known) return { seen: memory.seen, accountId };
  if (owned) return { seen: memory.seen, accountId, owner: { userId: link.userId, applied, entitlements } };
  return { seen: memory.seen, accountId, ...(ending.kind === 'done' && { applied: link.generation }) };
}

async function scanning(options: ObservingOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await scanIfDue(options, signal);
    } catch (error) {
      if (!signal.aborted) options.log.warn({ err: error, system: options.system }, 'Whether a look at all accounts is due could not be asked; trying again.');
    }
    await pause(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined); // ends the loop above
  }
}

async function scanIfDue(options: ObservingOptions, signal: AbortSignal): Promise<void> {
  const { scans, mayLook, log, system } = options;
  const scan = mayLook() ? await scans.begin() : undefined;
  if (scan === undefined) return;
  try {
    const accounts = await scanAll(options, scan, signal);
    const gone = await options.observed.tellGone(scan.since);
    const problem = gone === undefined ? 'The target showed far fewer accounts than before, so none of them counts as gone.' : null;
    await scans.end(scan.token, { accounts, problem });
    log.info({ system, accounts, gone }, problem ?? 'Looked at all accounts of the target.');
  } catch (error) {
    await scans.end(scan.token, { accounts: null, problem: failureOf(error).message });
    log.warn({ system, failure: failureOf(error) }, 'The look at all accounts ended early; nothing counts as gone.');
  }
}

async function scanAll(options: ObservingOptions, scan: { readonly token: string; readonly since: Date }, signal: AbortSignal): Promise<number> {
  const { connector, observed, scans } = options;
  let accounts = 0;
  for await (const page of paced(connector.listEntitlements?.(signal), options, signal)) await observed.tellEntitlements(page);
  let since = scan.since;
  for await (const page of paced(connector.listAccounts?.(signal), options, signal)) {
    await observed.tellPage(page, since);
    accounts += page.length;
    since = await scans.renew(scan.token);
  }
  return accounts;
}

/** One page at a time, each through the gate of the system. */
async function* paced<T>(pages: AsyncIterable<readonly T[]> | undefined, { call }: ObservingOptions, signal: AbortSignal): AsyncGenerator<readonly T[]> {
  const iterator = pages?.[Symbol.asyncIterator]();
  if (iterator === undefined) return;
  for (;;) {
    const next = await call(() => iterator.next(), signal);
    if (next.done === true) return;
    yield next.value;
    await pause(PAGE_PAUSE_MS, undefined, { signal });
  }
}
