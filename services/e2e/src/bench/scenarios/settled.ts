import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR_PATHS } from '@rolebridge/contracts';
import type { ConnectorStatus } from '@rolebridge/contracts';
import type { RolebridgeSubject } from '../rolebridge.subject.ts';

const LOOK_MS = 100;

/** Waits until the connector has applied the newest wish of that many people; gives up when nothing moves for `patienceMs`. */
export async function allApplied(subject: RolebridgeSubject, people: number, { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal }): Promise<void> {
  const { ports, secrets } = subject.landscape;
  const url = `http://127.0.0.1:${ports.connectorSalesCloud}${OPERATOR_PATHS.status}`;
  let last = '';
  for (let movedAt = performance.now(); ; ) {
    signal.throwIfAborted();
    subject.broken.throwIfAborted();
    const { systems } = (await (await fetch(url, { headers: { authorization: `Bearer ${secrets.operatorToken}` } })).json()) as ConnectorStatus; // our own service
    const done = systems.every(({ states, backlog }) => states.accepted + states.applied + states.unchanged >= people && backlog === 0);
    if (done) return;
    const now = JSON.stringify(systems.map(({ states }) => states));
    if (now !== last) movedAt = performance.now();
    last = now;
    if (performance.now() - movedAt > patienceMs) throw new Error(`Nothing has moved for ${patienceMs / 1000} s: ${now}.`);
    await sleep(LOOK_MS);
  }
}
