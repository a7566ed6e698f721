import { appendOutbox, recordOrder } from '@rolebridge/persistence';
import type { InboxParts } from './inbox-parts.ts';
import { closeBook, openBook } from './open-book.ts';

export interface Redriven {
  /** Events that went out. */
  readonly published: number;
  /** Deltas that still wait. */
  readonly waiting: number;
}

/** Who orders it, and why (L29). */
export interface OrderedBy {
  readonly by: string;
  readonly reason: string;
}

/** What to do with the waiting changes of a line: work them, or first give up what blocks them. */
export interface LineOrder extends OrderedBy {
  readonly key: string;
  readonly mode: 'redrive' | 'skip';
}

/** Works what waits in a line of an event source, in order (L2); recorded. `undefined` when nothing waits there. */
export function redriveLine(parts: InboxParts, { key, mode, by, reason }: LineOrder): Promise<Redriven | undefined> {
  return parts.database.transaction(async (sql) => {
    const { users, book } = await openBook(sql, parts, [], [key]);
    if (book.waiting(key) === 0) return undefined;
    if (mode === 'skip') book.skip(key);
    else book.work(key);
    await closeBook(sql, { users, book });
    await appendOutbox(sql, users.records);
    await recordOrder(sql, { order: mode, operator: by, reason, affected: users.records.length, subjects: [`${parts.settings.consumer}/${key}`] });
    return { published: users.records.length, waiting: book.waiting(key) };
  });
}
