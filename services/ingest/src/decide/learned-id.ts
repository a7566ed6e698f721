import { nextGeneration } from '@rolebridge/contracts';
import type { LearnedId } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import type { UserRow } from './user-row.ts';

/** PURE. The person with the Global User ID that a directory gave; `undefined` where there is one already: the second round is no change (L8). */
export function withLearnedId(row: UserRow, { userUuid, system }: LearnedId, context: { readonly epoch: number; readonly now: string; readonly correlationId: string }): UserRow | undefined {
  const sap = row.user[URN.sapUser];
  if (sap?.userUuid !== undefined && sap.userUuid !== '') return undefined;
  const { epoch, now, correlationId } = context;
  return {
    ...row,
    generation: nextGeneration(epoch, row.generation),
    user: { ...row.user, [URN.sapUser]: { ...sap, userUuid } },
    cause: { ...(row.cause.locked && { locked: true }), operation: 'patch', at: now, by: system, correlationId },
    modified: now,
  };
}
