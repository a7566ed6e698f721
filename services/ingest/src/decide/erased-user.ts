import { GENERATION_HEADER, toHeaders, TOPICS } from '@rolebridge/contracts';
import type { Cause, Generation, IdentityUser, OutgoingRecord, UserId } from '@rolebridge/contracts';
import { EVENT_SOURCE } from './identity-record.ts';

/** Somebody whose personal data is gone. */
export interface ErasedUser {
  readonly id: UserId;
  readonly generation: Generation;
  readonly cause: Cause;
}

/** PURE. The last state of a person, as `identity.user.v1` carries it: nothing personal is left, the login is our id. */
export function erasedUser({ id, generation, cause }: ErasedUser): IdentityUser {
  return { id, generation, presence: 'erased', resource: { userName: id, active: false }, groups: [], requested: {}, cause };
}

/** PURE. The record of {@link erasedUser}. */
export function erasedRecord(erased: ErasedUser, topic: string): OutgoingRecord {
  return { topic, key: erased.id, value: JSON.stringify(erasedUser(erased)), headers: headersOf(erased, `${erased.id}:${erased.generation}`, erased.cause) };
}

/** PURE. Written a good day later: only a later record closes the segment in which the older ones stand, so that the broker may forget them. */
export function tombstone({ id, generation }: Pick<ErasedUser, 'id' | 'generation'>, cause: Pick<Cause, 'at' | 'correlationId'>, topic: string): OutgoingRecord {
  const headers = headersOf({ id }, `${id}:${generation}:tombstone`, cause);
  return { topic, key: id, value: null, headers: { ...headers, [GENERATION_HEADER]: String(generation) } };
}

function headersOf({ id }: Pick<ErasedUser, 'id'>, eventId: string, { at, correlationId }: Pick<Cause, 'at' | 'correlationId'>): OutgoingRecord['headers'] {
  return toHeaders({ id: eventId, source: EVENT_SOURCE, type: TOPICS.user.eventType, subject: id, time: at, correlationid: correlationId });
}
