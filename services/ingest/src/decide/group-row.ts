import type { Cause, Generation, GroupId } from '@rolebridge/contracts';
import type { Group } from '@rolebridge/scim';

/** One group as stored: the row of table `groups`. */
export interface GroupRow {
  readonly id: GroupId;
  /** Raised by every change, also of the members. */
  readonly generation: Generation;
  readonly presence: 'active' | 'absent';
  readonly group: Group;
  /** Caller that brought the group. */
  readonly source: string;
  /** Of the last change. */
  readonly cause: Cause;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly modified: string;
}
