import { ClassifiedError, GENERATION_HEADER, failureOf, parseRecord } from '@rolebridge/contracts';
import type { IdentityUser, IncomingRecord } from '@rolebridge/contracts';
import { foldNewest } from '@rolebridge/kafka';
import type { Letter } from '@rolebridge/persistence';

/** The people of a batch, newest state of each, and the records that are none. */
export interface ReadUsers {
  readonly users: readonly IdentityUser[];
  readonly malformed: readonly (readonly [IncomingRecord, unknown])[];
}

interface UserRecord extends IncomingRecord {
  readonly user: IdentityUser;
}

/** A tombstone follows an erasure and says the same, to who missed it. Of several states of a person the highest generation counts (L1). */
export function readUsers(records: readonly IncomingRecord[]): ReadUsers {
  const good: UserRecord[] = [];
  const malformed: (readonly [IncomingRecord, unknown])[] = [];
  for (const record of records) {
    try {
      good.push(...usersIn(record).map((user) => ({ ...record, user })));
    } catch (error) {
      malformed.push([record, error]);
    }
  }
  return { users: foldNewest(good, ({ user }) => user.generation).map(({ user }) => user), malformed };
}

function usersIn(record: IncomingRecord): readonly IdentityUser[] {
  return record.value === null ? erasedBy(record) : [readUser(record)];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The state that a tombstone repeats: same generation, so whoever knows it learns nothing new. Other tombstones say nothing. */
function erasedBy({ key, headers }: IncomingRecord): readonly IdentityUser[] {
  const generation = Number(headers[GENERATION_HEADER]);
  if (key === null || !UUID.test(key) || !Number.isSafeInteger(generation) || generation < 1) return [];
  const { ce_time: at = new Date(0).toISOString(), ce_correlationid: correlationId = '' } = headers;
  return [{ id: key, generation, presence: 'erased', resource: { userName: key }, groups: [], requested: {}, cause: { operation: 'time', at, by: 'ingest', correlationId } }];
}

function readUser(record: IncomingRecord): IdentityUser {
  const user = parseRecord('user', record).value;
  if (record.key !== user.id) throw new ClassifiedError({ kind: 'malformed', code: 'foreign-key', field: 'id', message: 'The key of the record is not the id of the user in it.' });
  return user;
}

export interface LetterContext {
  readonly consumer: string;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** The dead letter of a record as read, with its raw bytes (L3). */
export function letterOf(record: IncomingRecord, error: unknown, { consumer, topicPrefix, serviceVersion, at }: LetterContext): Letter {
  return {
    consumer,
    prefix: topicPrefix,
    original: record,
    failure: failureOf(error),
    attempts: 1,
    firstFailureAt: at,
    at,
    correlationId: record.headers['ce_correlationid'] ?? '',
    serviceVersion,
    userId: record.key,
  };
}
