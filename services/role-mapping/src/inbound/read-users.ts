import { ClassifiedError, failureOf, parseRecord } from '@rolebridge/contracts';
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

/** Tombstones are passed over: leaving is a state, not a missing record. Of several states of a person the highest generation counts (L1). */
export function readUsers(records: readonly IncomingRecord[]): ReadUsers {
  const good: UserRecord[] = [];
  const malformed: (readonly [IncomingRecord, unknown])[] = [];
  for (const record of records) {
    if (record.value === null) continue;
    try {
      good.push({ ...record, user: readUser(record) });
    } catch (error) {
      malformed.push([record, error]);
    }
  }
  return { users: foldNewest(good, ({ user }) => user.generation).map(({ user }) => user), malformed };
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
