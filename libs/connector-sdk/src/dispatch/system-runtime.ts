import { type BrakeSettings, DEFAULT_BRAKE, DEFAULT_PROXY, type System } from '@rolebridge/landscape';
import { type Logger, type Metrics, redactText } from '@rolebridge/observability';
import { coalesce, type Database, isUniqueViolation } from '@rolebridge/persistence';
import type { Breaker } from '../decide/breaker.ts';
import { DEFAULT_PATIENCE, type Patience } from '../decide/verdict.ts';
import type { Connector } from '../port.ts';
import { type BrakePolicy, brakeOf } from '../store/brake.ts';
import { learnedIds } from '../store/learned-ids.ts';
import { observed } from '../store/observed.ts';
import { observedScans } from '../store/observed-scans.ts';
import { type Announcement, linkStore, type LinkStore } from '../store/link-store.ts';
import type { AttemptContext } from './attempt.ts';
import { type Bundler, bundler } from './bundler.ts';
import { Dispatcher } from './dispatcher.ts';
import { gate } from './gate.ts';
import { groupDeliveries, type GroupDeliveries, type Settle } from './group-deliveries.ts';
import { judge, type JudgeContext } from './judge.ts';
import { type ConnectorMetrics, connectorMetrics } from './connector-metrics.ts';
import { observing, type Observing } from './observing.ts';
import { type Settled, storeEndings } from './store-endings.ts';

export interface SystemRuntimeOptions {
  readonly system: System;
  readonly connector: Connector<object, unknown>;
  readonly database: Database;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly patience?: Patience;
  readonly brake?: BrakePolicy;
  /** Milliseconds a claimed row is ours unless its worker, alive, prolongs it. Default 15 000. */
  readonly leaseMs?: number;
  /** How often it is prolonged; default a third of the lease. */
  readonly renewMs?: number;
}

/** Everything that works for one configured system inside a connector process. */
export interface SystemRuntime {
  readonly system: System;
  readonly connector: Connector<object, unknown>;
  readonly store: LinkStore;
  readonly breaker: () => Breaker;
  readonly brake: BrakeSettings;
  /** New wishes were stored, or a row was made due. */
  wake(): void;
  /** Notes the system in `target_state`, makes rows due that mode or settings have changed for, and begins. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_LEASE_MS = 15_000;

/** Rows re-applied at once after a change of mapping or settings (L13). */
const SETTINGS_CHUNK = 500;

/** Puts store, gate, brake, breaker and dispatcher of one system together. */
export function systemRuntime(options: SystemRuntimeOptions): SystemRuntime {
  const { system, connector, database, log } = options;
  const leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  const store = linkStore(database, { system: system.name, leaseMs, settleMs: system.settleMs });
  const measure = connectorMetrics(options.metrics, system.name);
  const turn = gate({ ...system.limits, now: () => performance.now() });
  const call: AttemptContext['call'] = (work, signal, urgent) => turn.run(() => measure.timed(work), signal, urgent);
  const bundles = bundler({ connector, call, prolong: (userIds) => dispatcher.prolong(userIds, system.limits.timeoutMs) });
  const looking = lookingOf({ ...options, connector: bundles.connector }, call, () => dispatcher.breaker.mode === 'closed');
  const { dispatcher, groups } = dispatcherOf({ ...options, connector: looking.connector }, store, leaseMs, { measure, call, looking, bundles });

  let sweeping: Promise<void> = Promise.resolve();
  return {
    system,
    connector,
    store,
    breaker: () => dispatcher.breaker,
    brake: brakeSettings(options),
    wake() {
      dispatcher.wake();
      groups.wake();
    },
    async start() {
      await noteBreaker(database, system.name, dispatcher.breaker);
      if (system.mode === 'active') await store.wakeShadowed();
      sweeping = reapplyOtherSettings(store, connector.settingsHash, dispatcher.signal).catch((error: unknown) => {
        log.warn({ err: error, system: system.name }, 'The sweep after a change of settings stopped; it goes on at the next start.');
      });
      dispatcher.wake();
      groups.wake();
      looking.start();
    },
    async close() {
      await dispatcher.close();
      await groups.close();
      await looking.close();
      await sweeping;
      await connector.close?.();
    },
  };
}

function lookingOf({ system, connector, database, topicPrefix, log }: SystemRuntimeOptions, call: AttemptContext['call'], mayLook: () => boolean): Observing {
  const { observeEverySeconds } = { ...DEFAULT_PROXY, ...system.proxy };
  return observing({
    system: system.name,
    connector,
    observed: observed({ database, system: system.name, topicPrefix }),
    learned: learnedIds(database, system.name, topicPrefix),
    scans: observedScans(database, system.name, observeEverySeconds),
    call,
    mayLook,
    log,
  });
}

interface Around extends Pick<AttemptContext, 'call'> {
  readonly measure: ConnectorMetrics;
  readonly looking: Observing;
  readonly bundles: Bundler;
}

interface Workers {
  readonly dispatcher: Dispatcher;
  readonly groups: GroupDeliveries;
}

function dispatcherOf(options: SystemRuntimeOptions, store: LinkStore, leaseMs: number, { measure, call, looking, bundles }: Around): Workers {
  const { system, connector, database, log } = options;
  const announceTogether = coalesce<Announcement, boolean>(async (all) => {
    const held = await store.announce(all);
    return all.map(({ link }) => held.has(link.userId));
  });
  const settleTogether = coalesce<Settled, void>((all) => storeEndings(all, { ...options, lateWriteMs: lateWriteMs(options, leaseMs) }, measure));
  const settle: Settle = (link, ending, facts) => settleTogether({ ...judge(link, ending, judgeContext(options, facts, leaseMs)), ending });
  const groups = groupsOf(options, leaseMs, { call, settle, noteLater: (link, ending) => looking.noteLater(link, ending), dispatcher: () => dispatcher });
  const dispatcher: Dispatcher = new Dispatcher({
    system: system.name,
    connector,
    store,
    slots: slotsOf(system.limits.concurrency, connector.bundle?.maxSize ?? 1),
    leaseMs,
    ...(options.renewMs === undefined ? {} : { renewMs: options.renewMs }),
    log,
    attempt: {
      brake: brakeOf(database, system.name, brakeSettings(options)),
      mode: system.mode,
      announce: announceTogether,
      call,
      sharesCall: bundles.sharesCall,
      isUniqueViolation: (error) => isUniqueViolation(error),
      mask: redactText,
      today: () => new Date().toISOString().slice(0, 10),
    },
    settle: async (link, ending, facts) => {
      await looking.note(link, ending);
      await groups.settle(link, ending, facts);
    },
    onBreaker: (breaker) => {
      measure.breaker(breaker.mode);
      return noteBreaker(database, system.name, breaker);
    },
  });
  return { dispatcher, groups };
}

interface GroupSurroundings extends Pick<AttemptContext, 'call'>, Pick<Observing, 'noteLater'> {
  readonly settle: Settle;
  readonly dispatcher: () => Dispatcher;
}

function groupsOf(options: SystemRuntimeOptions, leaseMs: number, around: GroupSurroundings): GroupDeliveries {
  const { system, connector, database, renewMs, log } = options;
  const { dispatcher, ...rest } = around;
  return groupDeliveries({
    system: system.name,
    groups: system.mode === 'active' ? connector.groups : undefined,
    database,
    leaseMs,
    renewMs,
    lateWriteMs: lateWriteMs(options, leaseMs),
    concurrency: system.limits.concurrency,
    ...rest,
    keeper: () => dispatcher().keeper,
    wakeLinks: () => dispatcher().wake(),
    log,
  });
}

/** Enough people at work to fill the bundles in flight. */
function slotsOf(concurrency: number, bundleSize: number): number {
  return Math.max(2 * concurrency, Math.min(MOST_SLOTS, 2 * concurrency * bundleSize));
}

const MOST_SLOTS = 400;

function brakeSettings({ system, brake }: SystemRuntimeOptions): BrakeSettings {
  return { ...DEFAULT_BRAKE, ...system.brake, ...brake };
}

/** How late a paused process or a timed-out call may still write (L24). */
function lateWriteMs({ system }: SystemRuntimeOptions, leaseMs: number): number {
  return Math.max(leaseMs, system.settleMs, system.limits.timeoutMs);
}

function judgeContext(options: SystemRuntimeOptions, facts: { readonly accountKey: string; readonly counts: boolean }, leaseMs: number): JudgeContext {
  const { connector, patience = DEFAULT_PATIENCE } = options;
  const { confirmable, settingsHash } = connector;
  return { ...facts, confirmable, settingsHash, patience, lateWriteMs: lateWriteMs(options, leaseMs), random: Math.random() };
}

async function noteBreaker(database: Database, system: string, breaker: Breaker): Promise<void> {
  await database.query(
    `insert into target_state (system, breaker, reason) values ($1, $2, $3)
     on conflict (system) do update set breaker = excluded.breaker, reason = excluded.reason, updated_at = now()`,
    [system, breaker.mode, breaker.reason ?? null],
  );
}

/** In chunks, behind everything else (priority bulk), and only as fast as the queue drains. */
async function reapplyOtherSettings(store: LinkStore, hash: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (signal.aborted) return;
    const backlog = await store.pending();
    const woken = backlog < SETTINGS_CHUNK ? await store.wakeOtherSettings(hash, SETTINGS_CHUNK) : SETTINGS_CHUNK;
    if (woken === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200).unref());
  }
}
