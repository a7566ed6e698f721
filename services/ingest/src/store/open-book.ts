import type { IncomingRecord } from '@rolebridge/contracts';
import { readEpoch } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import type { Intent } from '../decide/change.ts';
import { SourceBook } from '../decide/source-book.ts';
import { readSourceEvent } from '../decide/source-event.ts';
import type { SourceEvent } from '../decide/source-event.ts';
import { WorkingSet } from '../decide/working-set.ts';
import type { InboxParts, InboxSettings } from './inbox-parts.ts';
import { lookupOf } from './lookup.ts';
import { lockLines, parkChanges, removeParked, saveLines } from './source-lines.store.ts';
import { lockConcerned, saveUsers } from './users.store.ts';

/** Users and lines of event sources, locked and in memory. */
export interface OpenBook {
  readonly users: WorkingSet;
  readonly book: SourceBook;
}

/** Locks and reads the lines, then the users, that these events concern; lines first, everywhere. @param keys further lines */
export async function openBook(sql: Sql, parts: InboxParts, events: readonly SourceEvent[], keys: readonly string[] = []): Promise<OpenBook> {
  const { settings, newId, now } = parts;
  const lines = await lockLines(sql, [...new Set([...keys, ...events.map(({ key }) => key)])]);
  const reread = (record: IncomingRecord) => rereadEvent(record, settings);
  const waiting = lines.flatMap((line) => line.parked.map(({ record }) => reread(record)));
  const lookup = lookupOf([...events, ...waiting].flatMap(intentsOf), settings.returnByUserName);
  const rows = await lockConcerned(sql, { ...lookup, ids: lines.flatMap(({ userId }) => userId ?? []) });
  const users = new WorkingSet(rows, { model: settings.model, epoch: await readEpoch(sql), now: now().toISOString(), newId }, settings);
  return { users, book: new SourceBook(lines, users, { correlatedSources: settings.correlatedSources, reread }) };
}

/** Writes what has changed, except the records to be sent. */
export async function closeBook(sql: Sql, { users, book }: OpenBook): Promise<void> {
  await saveUsers(sql, users.changed);
  await saveLines(sql, 'new', book.added);
  await saveLines(sql, 'locked', book.changed);
  await removeParked(sql, book.released);
  await parkChanges(sql, book.parked);
}

function intentsOf({ change, source, correlationId }: SourceEvent): readonly Intent[] {
  return 'kind' in change ? [{ change, by: source, correlationId }] : [];
}

function rereadEvent(record: IncomingRecord, settings: InboxSettings): SourceEvent {
  const reading = readSourceEvent(record, settings.model);
  if (reading.kind === 'event') return reading.event;
  throw new Error(`A parked change can no longer be read: ${reading.failure.message}`);
}
