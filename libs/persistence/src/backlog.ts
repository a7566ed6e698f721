import { countOpenLetters, type LetterBook, type OpenLetterCount } from './dead-letters/letter-rows.ts';
import { outboxBacklog, type OutboxBacklog } from './outbox/backlog.ts';
import type { Sql } from './port.ts';

/** What a service has on its hands besides its own queue: for its metrics. */
export async function readBacklog(sql: Sql, book: LetterBook): Promise<{ readonly outbox: OutboxBacklog; readonly letters: readonly OpenLetterCount[] }> {
  return { outbox: await outboxBacklog(sql), letters: await countOpenLetters(sql, book) };
}
