import { type OutgoingRecord, sourceKey, toHeaders, TOPICS, topicName, type UserChange } from '@rolebridge/contracts';
import { requestOf } from './scim.ts';
import type { Change } from './story.ts';

/** `ce_source` of the identity system that speaks by topic. */
const SOURCE = '/chaos/idm';

export interface EventScope {
  readonly topicPrefix: string;
  readonly seed: number;
  /** When the run began, milliseconds since the epoch. */
  readonly startMs: number;
}

/** PURE. How an identity system says these changes of one person on `idm.user-change.v1`: numbered without gaps. */
export function eventsOf(changes: readonly Change[], scope: EventScope): readonly OutgoingRecord[] {
  return changes.map((change, index) => {
    const key = sourceKey(SOURCE, change.person);
    const { topicPrefix, seed, startMs } = scope;
    const id = `chaos-${seed}-${change.number}`;
    const headers = toHeaders({ id, source: SOURCE, type: TOPICS.userChange.eventType, subject: key, time: new Date(startMs + change.atMs).toISOString(), correlationid: id });
    return { topic: topicName('userChange', {}, topicPrefix), key, value: JSON.stringify(valueOf(change, index + 1, startMs)), headers };
  });
}

function valueOf(change: Change, sequence: number, startMs: number): UserChange {
  const common = { recordId: change.person, sequence };
  const { method, body } = requestOf(change, startMs);
  if (method === 'DELETE') return { ...common, operation: 'delete' };
  if (method === 'PATCH') return { ...common, operation: 'patch', patch: (body as { readonly Operations: NonNullable<UserChange['patch']> }).Operations }; // made by requestOf
  return { ...common, operation: method === 'POST' ? 'create' : 'replace', user: body as NonNullable<UserChange['user']> }; // made by requestOf
}
