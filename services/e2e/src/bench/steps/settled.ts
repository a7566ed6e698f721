import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectorStatus, OPERATOR_PATHS, type SystemStatus } from '@rolebridge/contracts';
import type { RolebridgeSubject } from '../rolebridge.subject.ts';
import { operatorOf } from './operator.ts';

const LOOK_MS = 100;

/** Each system as its connector sees it now. */
export async function systemsOf(subject: RolebridgeSubject): Promise<readonly SystemStatus[]> {
  return (await operatorOf(subject).get<ConnectorStatus>(subject.landscape.ports.connectorSalesCloud, OPERATOR_PATHS.status)).systems;
}

/** Waits until the connector has applied the newest wish of that many people; gives up when nothing moves for `patienceMs`. */
export async function allApplied(subject: RolebridgeSubject, people: number, { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal }): Promise<void> {
  let last = '';
  for (let movedAt = performance.now(); ; ) {
    signal.throwIfAborted();
    subject.broken.throwIfAborted();
    const systems = await systemsOf(subject);
    const done = systems.every(({ states, backlog }) => states.accepted + states.applied + states.unchanged >= people && backlog === 0);
    if (done) return;
    const now = JSON.stringify(systems.map(({ states }) => states));
    if (now !== last) movedAt = performance.now();
    last = now;
    if (performance.now() - movedAt > patienceMs) throw new Error(`Nothing has moved for ${patienceMs / 1000} s: ${now}.`);
    await sleep(LOOK_MS);
  }
}
