import { nextGeneration } from '@rolebridge/contracts';
import type { OutgoingRecord } from '@rolebridge/contracts';
import { appendOutbox, readEpoch, recordOrder } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import { identityRecord } from '../decide/identity-record.ts';
import type { UserRow } from '../decide/user-row.ts';
import type { InboxParts } from './inbox-parts.ts';
import { closeBook, openBook } from './open-book.ts';
import { repeatTombstones } from './erasure.store.ts';
import { lockNext, saveUsers } from './users.store.ts';

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

/** Rows of one call: short locks, so that single changes pass in between. */
const CHUNK = 500;

export interface Republished {
  readonly published: number;
  /** People whose event cannot be sent; their settings or data must change first. */
  readonly unsendable: number;
  /** Where to go on; `null` at the end. */
  readonly next: string | null;
}

/**
 * Sends the next users' state again, with the same generation, so that readers who have it ignore it (L27). After the epoch was raised each
 * gets its first generation of the new epoch instead (L6).
 */
export function republishNext(parts: InboxParts, after: string | undefined, cause: { readonly by: string; readonly correlationId: string }): Promise<Republished> {
  return parts.database.transaction(async (sql) => {
    const rows = await lockNext(sql, after, CHUNK);
    const current = await inEpoch(sql, rows, { ...cause, operation: 'republish', at: parts.now().toISOString() });
    const records = current.flatMap((row) => recordOf(row, parts));
    await repeatTombstones(sql, rows.map(({ id }) => id));
    await appendOutbox(sql, records);
    return { published: records.length, unsendable: current.length - records.length, next: rows.length < CHUNK ? null : (rows.at(-1)?.id ?? null) };
  });
}

async function inEpoch(sql: Sql, rows: readonly UserRow[], cause: UserRow['cause']): Promise<readonly UserRow[]> {
  const first = nextGeneration(await readEpoch(sql), undefined);
  const current = rows.map((row) => (row.generation < first ? { ...row, generation: first, cause } : row));
  await saveUsers(sql, current.filter((row, at) => row !== rows[at]));
  return current;
}

function recordOf(row: UserRow, { settings }: InboxParts): readonly OutgoingRecord[] {
  try {
    return [identityRecord(row, settings.statements, settings.userTopic)];
  } catch (error) {
    if (error instanceof ScimError) return [];
    throw error;
  }
}
