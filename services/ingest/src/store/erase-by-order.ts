import type { UserId } from '@rolebridge/contracts';
import { recordOrder } from '@rolebridge/persistence';
import { eraseIn, presenceOf } from './erasure.store.ts';
import type { Erased, ErasureParts } from './erasure.store.ts';

/** Why somebody cannot be erased now. */
export type NotErasable = 'unknown' | 'here' | 'erased';

export interface EraseOrdered {
  /** From the credential (L29). */
  readonly by: string;
  readonly reason: string;
  readonly correlationId: string;
}

/** Erases somebody who left, at once; recorded in the same transaction. */
export function eraseByOrder(parts: ErasureParts, id: UserId, { by, reason, correlationId }: EraseOrdered): Promise<Erased | NotErasable> {
  return parts.database.transaction(async (sql) => {
    const cause = { operation: 'delete', at: parts.now().toISOString(), by, correlationId } as const;
    const [erased] = await eraseIn(sql, parts, { ids: [id], leftForMs: 0, cause });
    if (!erased) return whyNot(await presenceOf(sql, id));
    await recordOrder(sql, { order: 'erase', operator: by, reason, affected: 1, subjects: [id] });
    return erased;
  });
}

function whyNot(presence: string | undefined): NotErasable {
  if (presence === undefined) return 'unknown';
  return presence === 'erased' ? 'erased' : 'here';
}
