import { eventMark } from '@rolebridge/contracts';
import type { Failure, IncomingRecord } from '@rolebridge/contracts';
import { ScimError } from '@rolebridge/scim';
import type { Change, Intent } from './change.ts';
import type { SourceEvent } from './source-event.ts';
import { advanced, nextParked, parkedAt, skipped, taken, turnOf } from './source-line.ts';
import type { ParkReason, SourceLine } from './source-line.ts';
import type { WorkingSet } from './working-set.ts';

/** What became of an event. */
export type Fate =
  | { readonly kind: 'done' | 'stale' }
  | { readonly kind: 'parked'; readonly reason: ParkReason; readonly failure?: Failure }
  | { readonly kind: 'refused'; readonly failure: Failure };

export interface BookSettings {
  /** Sources whose first word about a person may mean the user with the same login. */
  readonly correlatedSources: ReadonlySet<string>;
  /** Reads a delta that was parked; it was readable when it was parked. */
  readonly reread: (record: IncomingRecord) => SourceEvent;
  /** What is known of lines whose person was erased, by key (L30). */
  readonly fences?: ReadonlyMap<string, Pick<SourceLine, 'lastSequence' | 'left'>>;
}

/** A line as stored, with the records of what waits in it. */
export interface StoredLine extends SourceLine {
  readonly parked: readonly (SourceLine['parked'][number] & { readonly record: IncomingRecord })[];
}

export interface NewlyParked {
  readonly key: string;
  readonly sequence?: number;
  readonly reason: ParkReason;
  readonly record: IncomingRecord;
}

/**
 * The lines that a batch of change events concerns, in memory (L2). Events are never folded: each has its turn, waits, or is told
 * to be stale (L1). PURE apart from its own maps.
 */
export class SourceBook {
  readonly #users: WorkingSet;
  readonly #settings: BookSettings;
  readonly #stored: ReadonlyMap<string, StoredLine>;
  readonly #lines = new Map<string, SourceLine>();
  readonly #records = new Map<number, IncomingRecord>();
  readonly #parked = new Map<number, NewlyParked>();

  constructor(stored: readonly StoredLine[], users: WorkingSet, settings: BookSettings) {
    this.#users = users;
    this.#settings = settings;
    this.#stored = new Map(stored.map((line) => [line.key, line]));
    for (const { parked } of stored) parked.forEach(({ position, record }) => this.#records.set(position, record));
  }

  /** Lines to be written that were not stored before. */
  get added(): readonly SourceLine[] {
    return [...this.#lines.values()].filter(({ key }) => !this.#stored.has(key));
  }

  /** Stored lines to be written. */
  get changed(): readonly SourceLine[] {
    return [...this.#lines.values()].filter(({ key }) => this.#stored.has(key));
  }

  /** Positions of stored deltas that wait no longer. */
  get released(): readonly number[] {
    return this.changed.flatMap((line) => {
      const waiting = new Set(line.parked.map(({ position }) => position));
      return (this.#stored.get(line.key)?.parked ?? []).map(({ position }) => position).filter((position) => !waiting.has(position));
    });
  }

  /** Deltas that wait from now on, in order. */
  get parked(): readonly NewlyParked[] {
    const waiting = [...this.#lines.values()].flatMap((line) => line.parked.map(({ position }) => position));
    return waiting.flatMap((position) => this.#parked.get(position) ?? []);
  }

  take(event: SourceEvent): Fate {
    const line = this.#lineOf(event.key, event.source);
    const turn = turnOf(line, event);
    if (turn.kind === 'stale') return turn;
    if (turn.kind === 'park') return this.#park(line, event, turn.reason);
    const failure = this.#apply(line, event);
    if (failure && event.whole) return { kind: 'refused', failure };
    if (failure) return this.#park(line, event, 'refused', failure);
    this.work(event.key);
    return { kind: 'done' };
  }

  /** Works what waits in a line, as far as it has its turn; what is refused stays where it is. */
  work(key: string): void {
    for (;;) {
      const line = this.#lines.get(key) ?? this.#stored.get(key);
      const next = line && nextParked(line);
      const record = next && this.#records.get(next.position);
      if (!record || this.#apply(taken(line, next.position), this.#settings.reread(record))) return;
    }
  }

  /** Gives up what blocks a line and works what waited behind it; whether anything waited. */
  skip(key: string): boolean {
    const line = this.#lines.get(key) ?? this.#stored.get(key);
    const next = line && skipped(line);
    if (!next) return false;
    this.#lines.set(key, next);
    this.work(key);
    return true;
  }

  /** How many deltas wait in a line. */
  waiting(key: string): number {
    return (this.#lines.get(key) ?? this.#stored.get(key))?.parked.length ?? 0;
  }

  #lineOf(key: string, source: string): SourceLine {
    return this.#lines.get(key) ?? this.#stored.get(key) ?? { key, source, parked: [], ...this.#settings.fences?.get(key) };
  }

  /** Applies an event whose turn it is and moves its line on; a failure leaves the line as it was. */
  #apply(line: SourceLine, event: SourceEvent): Failure | undefined {
    const outcome = this.#judge(line, event);
    if ('kind' in outcome) return outcome;
    this.#lines.set(line.key, advanced(line, event, outcome.userId));
    return undefined;
  }

  #judge(line: SourceLine, event: SourceEvent): Failure | { readonly userId?: string } {
    const { change } = event;
    if (change instanceof ScimError) return failureOf('malformed', change);
    if (change.kind === 'delete' && line.userId === undefined) return {};
    const decision = this.#users.accept(this.#intentOf(line, event, change));
    if (decision.kind === 'changed') return { userId: decision.next.id };
    if (decision.kind === 'unchanged') return { userId: decision.row.id };
    const gone = change.kind === 'delete' && decision.error.status === 404;
    return gone ? known(line) : failureOf('rejected', decision.error);
  }

  #intentOf(line: SourceLine, { source, id, correlationId }: SourceEvent, change: Change): Intent {
    return { ...known(line), change, by: source, correlationId, event: eventMark(source, id), correlateByUserName: this.#settings.correlatedSources.has(source) };
  }

  #park(line: SourceLine, event: SourceEvent, reason: ParkReason, failure?: Failure): Fate {
    const position = -1 - this.#parked.size;
    const sequence = event.sequence === undefined ? {} : { sequence: event.sequence };
    this.#parked.set(position, { key: line.key, ...sequence, reason, record: event.record });
    this.#records.set(position, event.record);
    this.#lines.set(line.key, parkedAt(line, { position, ...sequence }));
    return { kind: 'parked', reason, ...(failure && { failure }) };
  }
}

function known({ userId }: SourceLine): { readonly userId?: string } {
  return userId === undefined ? {} : { userId };
}

function failureOf(kind: 'malformed' | 'rejected', { status, scimType, message }: ScimError): Failure {
  const field = /^Attribute (\S+) /.exec(message)?.[1];
  return { kind, code: scimType ?? `status-${status}`, message, ...(field && { field }) };
}
