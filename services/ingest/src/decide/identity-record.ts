import { toHeaders, TOPICS } from '@rolebridge/contracts';
import type { IdentityUser, OutgoingRecord, UserGroup } from '@rolebridge/contracts';
import { ScimError, statementsOf, URN } from '@rolebridge/scim';
import type { StatementSettings, User } from '@rolebridge/scim';
import type { UserRow } from './user-row.ts';

/** `source` of the events that this service writes. */
export const EVENT_SOURCE = '/rolebridge/ingest';

/** Below the default limit of a broker (1 MiB a record) with room for key and headers (L3). */
export const MAX_RECORD_BYTES = 1_000_000;

/** The person as `identity.user.v1` carries it. @throws ScimError `invalidValue` for a unit or role that is too long */
export function identityUser(row: UserRow, settings: StatementSettings): IdentityUser {
  const { groups, ...resource } = row.user;
  const sap = row.user[URN.sapUser];
  return {
    id: row.id,
    generation: row.generation,
    presence: row.presence,
    resource,
    ...statementsOf(row.user, settings),
    groups: [...(row.memberOf ?? []), ...stated(row, groups ?? [])],
    requested: row.requested,
    ...(row.requestedOnly && { accounts: 'requested' as const }),
    ...(sap?.validFrom && { validFrom: sap.validFrom }),
    ...(sap?.validTo && { validTo: sap.validTo }),
    cause: row.cause,
  };
}

/**
 * The record of a row. Its event id follows from user and generation, so a record that is written again is the same event.
 *
 * @throws ScimError 413 when the record would be too large to be sent
 */
export function identityRecord(row: UserRow, settings: StatementSettings, topic: string): OutgoingRecord {
  const value = JSON.stringify(identityUser(row, settings));
  // One UTF-16 code unit is at most three bytes: only a long text needs counting.
  if (value.length * 3 > MAX_RECORD_BYTES && Buffer.byteLength(value) > MAX_RECORD_BYTES) {
    throw ScimError.plain(413, `The user is too large: its event would have more than ${MAX_RECORD_BYTES} bytes.`);
  }
  const headers = toHeaders({
    id: `${row.id}:${row.generation}`,
    source: EVENT_SOURCE,
    type: TOPICS.user.eventType,
    subject: row.id,
    time: row.modified,
    correlationid: row.cause.correlationId,
  });
  return { topic, key: row.id, value, headers };
}

/** Groups that the source states in the person's own document; membership of a group that we hold says the same and comes first. */
function stated({ memberOf }: UserRow, groups: NonNullable<User['groups']>): readonly UserGroup[] {
  const held = new Set(memberOf?.map(({ id }) => id));
  return groups.filter(({ value }) => !held.has(value)).map((group) => ({ id: group.value, name: group.display ?? group.value }));
}
