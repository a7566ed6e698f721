import type { IncomingRecord } from '@rolebridge/contracts';
import { readEpoch } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import type { Intent } from '../decide/change.ts';
import { SourceBook } from '../decide/source-book.ts';
import { latest } from '../decide/source-line.ts';
import { readSourceEvent } from '../decide/source-event.ts';
import type { SourceEvent } from '../decide/source-event.ts';
import { WorkingSet } from '../decide/working-set.ts';
import type { StoredLine } from '../decide/source-book.ts';
import type { UserRow } from '../decide/user-row.ts';
import { readFences } from './erased-lines.ts';
import type { Fence } from './erased-lines.ts';
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
  const concerned = [...new Set([...keys, ...events.map(({ key }) => key)])];
  const lines = await lockLines(sql, concerned);
  const fences = await readFences(sql, concerned);
  const reread = (record: IncomingRecord) => rereadEvent(record, settings);
  const waiting = lines.flatMap((line) => line.parked.map(({ record }) => reread(record)));
  const lookup = lookupOf([...events, ...waiting].flatMap(intentsOf), settings.returnByUserName);
  const rows = await lockConcerned(sql, { ...lookup, ids: lines.flatMap(({ userId }) => userId ?? []) });
  const users = new WorkingSet(rows, { model: settings.model, epoch: await readEpoch(sql), now: now().toISOString(), newId }, settings);
  const left = new Map(rows.flatMap((row) => (row.presence === 'absent' ? [[row.id, row] as const] : [])));
  const fenced = lines.map((line) => fencedLine(line, fences.get(line.key), left.get(line.userId ?? '')));
  return { users, book: new SourceBook(fenced, users, { correlatedSources: settings.correlatedSources, reread, fences }) };
}

/** A line with the latest moment at which its person is known to have left; through another door that was when we accepted it. */
function fencedLine(line: StoredLine, fence: Fence | undefined, left: UserRow | undefined): StoredLine {
  const leftHere = line.left !== undefined && left?.cause.operation === 'delete' && left.cause.by === line.source;
  const last = latest([line.left, fence?.left, left && !leftHere ? { atMs: Date.parse(left.modified) } : undefined]);
  return last ? { ...line, left: last } : line;
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
