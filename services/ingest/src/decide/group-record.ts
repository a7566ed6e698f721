import { toHeaders, TOPICS } from '@rolebridge/contracts';
import type { IdentityGroup, OutgoingRecord } from '@rolebridge/contracts';
import { EVENT_SOURCE } from './identity-record.ts';
import type { GroupRow } from './group-row.ts';

/** The record of a group on `identity.group.v1`. Its event id follows from group and generation. */
export function groupRecord(row: GroupRow, topic: string): OutgoingRecord {
  const value: IdentityGroup = {
    id: row.id,
    generation: row.generation,
    presence: row.presence,
    displayName: row.group.displayName,
    ...(row.group.externalId !== undefined && { externalId: row.group.externalId }),
    cause: row.cause,
  };
  const headers = toHeaders({
    id: `${row.id}:${row.generation}`,
    source: EVENT_SOURCE,
    type: TOPICS.group.eventType,
    subject: row.id,
    time: row.modified,
    correlationid: row.cause.correlationId,
  });
  return { topic, key: row.id, value: JSON.stringify(value), headers };
}
