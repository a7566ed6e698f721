import { deadLetter, failureOf } from '@rolebridge/contracts';
import type { Failure, IncomingRecord, OutgoingRecord } from '@rolebridge/contracts';
import { halving } from '@rolebridge/kafka';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import { appendOutbox, isConnectionError, isUniqueViolation, saveOffsets } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import type { SourceBook } from '../decide/source-book.ts';
import { readSourceEvent } from '../decide/source-event.ts';
import type { SourceEvent } from '../decide/source-event.ts';
import { deliveryOf } from './delivery.ts';
import { recallOutcomes, rememberOutcomes } from './idempotency.store.ts';
import type { Delivery, Remembered } from './idempotency.store.ts';
import type { EventFate, InboxParts } from './inbox-parts.ts';
import { closeBook, openBook } from './open-book.ts';

/**
 * Takes effect of batches of `idm.user-change.v1`: users, lines, waiting deltas, event ids, dead letters and offsets in one transaction
 * (L4). One bad record stops nobody (L3).
 */
export function changeInbox(parts: InboxParts): BatchHandler {
  const take = async (batch: Batch): Promise<void> => {
    const told = await parts.database.transaction((sql) => takeIn(sql, parts, batch));
    told.forEach(parts.onFate);
  };
  return halving({
    // Another instance may have taken a login meanwhile: the second look sees it.
    take: (batch) => take(batch).catch((error: unknown) => (isUniqueViolation(error) ? take(batch) : Promise.reject(error))),
    bury: (record, error, batch) => bury(parts, { record, failure: failureOf(error) }, batch),
    isConnectionError,
  });
}

interface Found {
  readonly record: IncomingRecord;
  readonly failure: Failure;
}

async function bury(parts: InboxParts, found: Found, batch: Batch): Promise<void> {
  await parts.database.transaction(async (sql) => {
    await appendOutbox(sql, [letterOf(parts, found)]);
    await saveOffsets(sql, parts.settings.consumer, batch.offsets);
  });
  parts.onFate('refused');
}

function letterOf({ settings, now, serviceVersion }: InboxParts, { record, failure }: Found): OutgoingRecord {
  const at = now().toISOString();
  const correlationId = record.headers['ce_correlationid'] ?? record.headers['ce_id'] ?? '';
  return deadLetter({ consumer: settings.consumer, prefix: settings.topicPrefix, original: record, failure, attempts: 1, firstFailureAt: at, at, correlationId, serviceVersion });
}

async function takeIn(sql: Sql, parts: InboxParts, batch: Batch): Promise<readonly EventFate[]> {
  const { settings } = parts;
  const readings = batch.records.map((record) => ({ record, reading: readSourceEvent(record, settings.model) }));
  const events = readings.flatMap(({ reading }) => (reading.kind === 'event' ? [reading.event] : []));
  const seen = await recallOutcomes<EventFate>(sql, events.map((event) => deliveryOfEvent(event).scope));
  const { users, book } = await openBook(sql, parts, events);
  const diary = new Diary(book, seen);
  for (const { record, reading } of readings) {
    if (reading.kind === 'event') diary.take(reading.event);
    else diary.refuse({ record, failure: reading.failure }, 'malformed');
  }
  await closeBook(sql, { users, book });
  await appendOutbox(sql, [...users.records, ...diary.found.map((found) => letterOf(parts, found))]);
  await rememberOutcomes(sql, diary.fresh, settings.eventIdHours);
  await saveOffsets(sql, settings.consumer, batch.offsets);
  return diary.told;
}

function deliveryOfEvent({ source, id, record }: SourceEvent): Delivery {
  return deliveryOf({ caller: source, method: 'event', resource: '', key: id }, record.value ?? '');
}

const ID_REUSED: Failure = { kind: 'rejected', code: 'id-reused', message: 'Another event of this source had the same ce_id; ids must not be used twice.', field: 'ce_id' };

/** Notes what became of each event of a batch, and which of them are known already. */
class Diary {
  readonly told: EventFate[] = [];
  readonly found: Found[] = [];
  readonly fresh: (Delivery & { readonly answer: EventFate })[] = [];
  readonly #book: SourceBook;
  readonly #known: Map<string, Remembered<EventFate>>;

  constructor(book: SourceBook, seen: ReadonlyMap<string, Remembered<EventFate>>) {
    this.#book = book;
    this.#known = new Map(seen);
  }

  take(event: SourceEvent): void {
    const delivery = deliveryOfEvent(event);
    const first = this.#known.get(delivery.scope);
    if (first) return first.bodyHash === delivery.bodyHash ? this.#tell('seen') : this.refuse({ record: event.record, failure: ID_REUSED }, 'refused');
    const fate = this.#book.take(event);
    this.#known.set(delivery.scope, { bodyHash: delivery.bodyHash, answer: fate.kind });
    this.fresh.push({ ...delivery, answer: fate.kind });
    if ('failure' in fate && fate.failure) this.refuse({ record: event.record, failure: fate.failure }, fate.kind);
    else this.#tell(fate.kind);
  }

  refuse(found: Found, told: EventFate): void {
    this.found.push(found);
    this.#tell(told);
  }

  #tell(told: EventFate): void {
    this.told.push(told);
  }
}

