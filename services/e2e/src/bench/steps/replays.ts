import { setTimeout as sleep } from 'node:timers/promises';
import { REPLAY_PATHS, type ReplayList, type ReplayStatus } from '@rolebridge/contracts';
import { processTree, spentBetween } from '../process-cost.ts';
import type { RolebridgeSubject } from '../rolebridge.subject.ts';
import { operatorOf } from './operator.ts';

export interface Replayed extends Pick<ReplayStatus, 'records' | 'changed' | 'unreadable'> {
  /** From the order to its end, as the service notes them. */
  readonly seconds: number;
  /** All processes together. */
  readonly cpuMs: number;
}

const LOOK_MS = 100;

/** Orders a consumer to read its whole topic again and waits for the end. Rejects when it does not come to its end by itself. */
export async function replayAll(subject: RolebridgeSubject, consumer: string, signal: AbortSignal): Promise<Replayed> {
  const { ports } = subject.landscape;
  const port = consumer === 'role-mapping' ? ports.roleMapping : ports.connectorSalesCloud;
  const desk = operatorOf(subject);
  const before = await processTree();
  const { id } = await desk.post<ReplayStatus>(port, REPLAY_PATHS.all, { consumer, from: 'beginning', reason: 'Benchmark of a replay.' });
  for (;;) {
    signal.throwIfAborted();
    subject.broken.throwIfAborted();
    const status = (await desk.get<ReplayList>(port, REPLAY_PATHS.all)).replays.find((one) => one.id === id);
    const ended = status && endedWell(status);
    if (ended) return replayed(ended, spentBetween(before, await processTree()));
    await sleep(LOOK_MS);
  }
}

/** Undefined while it runs. */
function endedWell(status: ReplayStatus): ReplayStatus | undefined {
  const { state, consumer, problem = 'nobody says why' } = status;
  if (state === 'running') return undefined;
  if (state !== 'done') throw new Error(`The replay of ${consumer} ended as ${state}: ${problem}.`);
  return status;
}

function replayed({ records, changed, unreadable, startedAt, endedAt }: ReplayStatus, cpuMs: number): Replayed {
  return { records, changed, unreadable, cpuMs, seconds: (Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1000 };
}
