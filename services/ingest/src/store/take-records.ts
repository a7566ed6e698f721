import type { Failure, IncomingRecord } from '@rolebridge/contracts';
import { appendOutbox } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import type { SourceBook } from '../decide/source-book.ts';
import { readSourceEvent } from '../decide/source-event.ts';
import type { SourceEvent } from '../decide/source-event.ts';
import { deliveryOf } from './delivery.ts';
import { recallOutcomes, rememberOutcomes } from './idempotency.store.ts';
import type { Delivery, Remembered } from './idempotency.store.ts';
import type { EventFate, InboxParts } from './inbox-parts.ts';
import { noteLetters } from './letters-of-batch.ts';
import type { Found } from './letters-of-batch.ts';
import { closeBook, openBook } from './open-book.ts';

/** What became of one record. */
export interface EventOutcome {
  readonly fate: EventFate;
  /** Why, when it was refused, or waits because it was. */
  readonly failure?: Failure;
  /** What became of it the first time, when it was delivered before; its failure is then above. */
  readonly first?: EventFate;
}

/** What is kept of an event: its fate alone, or with the reason. */
type Kept = EventFate | EventOutcome;

/**
 * Takes effect of change events within a transaction, in order: users, lines, waiting deltas, event ids, dead letters (L1, L2, L9). One outcome per
 * record, in order.
 */
export async function takeRecords(sql: Sql, parts: InboxParts, records: readonly IncomingRecord[]): Promise<readonly EventOutcome[]> {
  const { settings } = parts;
  const readings = records.map((record) => ({ record, reading: readSourceEvent(record, settings.model) }));
  const events = readings.flatMap(({ reading }) => (reading.kind === 'event' ? [reading.event] : []));
  const seen = await recallOutcomes<Kept>(sql, events.map((event) => deliveryOfEvent(event).scope));
  const { users, book } = await openBook(sql, parts, events);
  const diary = new Diary(book, seen);
  for (const { record, reading } of readings) {
    if (reading.kind === 'event') diary.take(reading.event);
    else diary.note(record, { fate: 'malformed', failure: reading.failure });
  }
  await closeBook(sql, { users, book });
  await appendOutbox(sql, users.records);
  await noteLetters(sql, parts, { found: diary.found, settled: diary.settled, parked: book.parked, records });
  await rememberOutcomes(sql, diary.fresh, settings.eventIdHours);
  return diary.outcomes;
}

/** An event is named by its source and id (L9). A malformed one is not remembered: a later release may be able to read it. */
function deliveryOfEvent({ source, id, record }: SourceEvent): Delivery {
  return deliveryOf({ caller: source, method: 'event', resource: '', key: id }, record.value ?? '');
}

const ID_REUSED: Failure = { kind: 'rejected', code: 'id-reused', message: 'Another event of this source had the same ce_id; ids must not be used twice.', field: 'ce_id' };

/** Notes what became of each event of a batch, and which of them are known already. */
class Diary {
  readonly outcomes: EventOutcome[] = [];
  readonly found: Found[] = [];
  /** Per line the last record with the whole user that took effect. */
  readonly settled = new Map<string, IncomingRecord>();
  readonly fresh: (Delivery & { readonly answer: Kept })[] = [];
  readonly #book: SourceBook;
  readonly #known: Map<string, Remembered<Kept>>;

  constructor(book: SourceBook, seen: ReadonlyMap<string, Remembered<Kept>>) {
    this.#book = book;
    this.#known = new Map(seen);
  }

  take(event: SourceEvent): void {
    const delivery = deliveryOfEvent(event);
    const first = this.#known.get(delivery.scope);
    if (first) return first.bodyHash === delivery.bodyHash ? this.#repeat(first.answer) : this.note(event.record, { fate: 'refused', failure: ID_REUSED }, event.key);
    const outcome = this.#work(event);
    const answer = outcome.failure ? outcome : outcome.fate;
    this.#known.set(delivery.scope, { bodyHash: delivery.bodyHash, answer });
    this.fresh.push({ ...delivery, answer });
    if (event.whole && outcome.fate === 'done') this.settled.set(event.key, event.record);
    this.note(event.record, outcome, event.key);
  }

  note(record: IncomingRecord, outcome: EventOutcome, line?: string): void {
    if (outcome.failure) this.found.push({ record, failure: outcome.failure, ...(line !== undefined && { line }) });
    this.outcomes.push(outcome);
  }

  #work(event: SourceEvent): EventOutcome {
    const fate = this.#book.take(event);
    return 'failure' in fate && fate.failure ? { fate: fate.kind, failure: fate.failure } : { fate: fate.kind };
  }

  #repeat(kept: Kept): void {
    const first: EventOutcome = typeof kept === 'string' ? { fate: kept } : kept;
    this.outcomes.push({ ...first, fate: 'seen', first: first.fate });
  }
}
