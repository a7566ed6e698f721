import { nextGeneration } from '@rolebridge/contracts';
import type { Cause, UserGroup } from '@rolebridge/contracts';
import { sameJson } from '@rolebridge/scim';
import type { UserRow } from './user-row.ts';

export interface Raising {
  readonly cause: Cause;
  readonly epoch: number;
  /** ISO 8601, UTC. */
  readonly now: string;
}

/** PURE. The user's next state after a change of groups; `undefined` when the groups are those of the present state, and for people who left. */
export function raised(row: UserRow, groups: readonly UserGroup[], { cause, epoch, now }: Raising): UserRow | undefined {
  const { memberOf, ...rest } = row;
  if (row.presence === 'absent' || sameJson(memberOf ?? [], groups)) return undefined;
  return { ...rest, ...(groups.length > 0 && { memberOf: groups }), generation: nextGeneration(epoch, row.generation), cause, modified: now };
}
