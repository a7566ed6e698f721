import { GENERATION_HEADER, targetKey, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import type { ObservedAccount, OutgoingRecord, TargetEntitlement } from '@rolebridge/contracts';

/** For tests: what a connector tells of its target. */

const AT = '2026-11-22T08:00:00.000Z';

export function seenAccount(prefix: string, accountId: string, more: Partial<ObservedAccount> = {}): OutgoingRecord {
  const system = more.system ?? 'fieldglass';
  const value: ObservedAccount = { system, generation: 1, accountId, presence: 'active', attributes: { userName: accountId }, entitlements: [], at: AT, ...more };
  return record('observedAccount', { prefix, system, id: accountId, generation: value.generation }, value);
}

export function lostAccount(prefix: string, accountId: string, generation: number): OutgoingRecord {
  return record('observedAccount', { prefix, system: 'fieldglass', id: accountId, generation }, null);
}

export function seenGroup(prefix: string, id: string, more: Partial<TargetEntitlement> = {}): OutgoingRecord {
  const value: TargetEntitlement = { system: 'fieldglass', generation: 1, type: 'group', id, value: id, at: AT, ...more };
  return record('entitlement', { prefix, system: 'fieldglass', id, generation: value.generation }, value);
}

interface About {
  readonly prefix: string;
  readonly system: string;
  readonly id: string;
  readonly generation: number;
}

function record(topic: 'observedAccount' | 'entitlement', { prefix, system, id, generation }: About, value: object | null): OutgoingRecord {
  const key = targetKey(system, id);
  const headers = toHeaders({ source: '/test/connector', type: TOPICS[topic].eventType, subject: key, time: AT, correlationid: 'c' });
  return { topic: topicName(topic, { system }, prefix), key, value: value && JSON.stringify(value), headers: { ...headers, [GENERATION_HEADER]: String(generation) } };
}
