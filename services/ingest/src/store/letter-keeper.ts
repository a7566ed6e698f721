import { appendOutbox, DeadLetterDesk } from '@rolebridge/persistence';
import type { LetterBook, LetterKeeper, LetterRow, Sql } from '@rolebridge/persistence';
import type { InboxParts } from './inbox-parts.ts';
import { closeBook, openBook } from './open-book.ts';

/** A change that waits is open as long as it waits; another refused one until its line gets a whole user, which is noted. */
export const LETTER_BOOK: LetterBook = {
  join: '',
  state: `case
    when d.waiting_at is not null then case when exists (select 1 from parked_change p where p.position = d.waiting_at) then 'open' else 'resolved' end
    when exists (select 1 from dead_letter later where later.line = d.line and later.waiting_at is null and later.position > d.position) then 'repeated'
    else 'open' end`,
  obstacle: `case when d.line is null then 'unreadable' when d.waiting_at is null then 'refused' end`,
  obstacles: {
    unreadable: 'the record could not be read, so there is nothing to work again; its sender must send it again, corrected',
    refused: 'it was refused as a whole and does not wait here; its sender must send it again, which then takes its place',
  },
};

/** Why a change still waits after its line was worked, by the reason that was noted when it came. */
const STILL: Readonly<Record<string, string>> = {
  'unknown-record': 'still waits: the source has not sent this person yet',
  'sequence-gap': 'still waits: a change with a lower number is missing',
  'behind-parked': 'still waits behind an earlier change of the same record',
  refused: 'refused again; its sender must correct it, or give it up: rolebridge dead-letters skip <id>',
};

const LOCK = 'select 1 from source_identity where source_key = any($1::text[]) order by source_key for update';
const WAITING = 'select position, reason from parked_change where position = any($1::bigint[])';

/** The dead letters of the front door. A redrive works the lines they wait in, in order (L2). */
export function deadLetterDesk(parts: InboxParts): DeadLetterDesk {
  const keeper: LetterKeeper = {
    book: LETTER_BOOK,
    lock: async (sql, letters) => void (await sql.query(LOCK, [linesOf(letters)])),
    redrive: (sql, letters) => workLines(sql, parts, letters),
    redriven: () => undefined,
  };
  return new DeadLetterDesk(parts.database, keeper);
}

async function workLines(sql: Sql, parts: InboxParts, letters: readonly LetterRow[]): Promise<ReadonlyMap<string, string>> {
  const lines = linesOf(letters);
  const { users, book } = await openBook(sql, parts, [], lines);
  for (const line of lines) book.work(line);
  await closeBook(sql, { users, book });
  await appendOutbox(sql, users.records);
  const rows = await sql.query<{ position: number; reason: string }>(WAITING, [letters.map(({ waitingAt }) => waitingAt)]);
  const reasons = new Map(rows.map(({ position, reason }) => [position, reason]));
  return new Map(letters.flatMap(({ id, waitingAt }) => {
    const reason = waitingAt === null ? undefined : reasons.get(waitingAt);
    return reason === undefined ? [] : [[id, STILL[reason] ?? reason] as const];
  }));
}

function linesOf(letters: readonly LetterRow[]): readonly string[] {
  return [...new Set(letters.flatMap(({ line }) => line ?? []))].toSorted();
}
