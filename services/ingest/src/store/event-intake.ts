import { failureOf } from '@rolebridge/contracts';
import type { Failure, IncomingRecord } from '@rolebridge/contracts';
import { buryLetters, coalesce, isConnectionError, isUniqueViolation } from '@rolebridge/persistence';
import { TooLateError } from './change-writer.ts';
import type { InboxParts } from './inbox-parts.ts';
import { letterOf } from './letters-of-batch.ts';
import { takeRecords } from './take-records.ts';
import type { EventOutcome } from './take-records.ts';

/** A change event whose sender waits for the answer. */
export interface WaitedEvent {
  readonly record: IncomingRecord;
  /** Monotonic milliseconds; after this nobody waits any more and the event is not begun. */
  readonly deadlineMs: number;
}

/** The way in for change events that come over HTTP: the same lines, ids and dead letters as the topic's. */
export interface EventIntake {
  /** Answers once the outcome is committed. Events that are given in one go keep their order. Rejects with {@link TooLateError} or a connection error. */
  accept(event: WaitedEvent): Promise<EventOutcome>;
  /** Sets an event aside as malformed that cannot be read at all. */
  refuse(record: IncomingRecord, failure: Failure): Promise<void>;
  readonly pending: number;
  drain(): Promise<void>;
}

export function eventIntake(parts: InboxParts): EventIntake {
  const take = coalesce<WaitedEvent, EventOutcome>((events) => flush(parts, events));
  const state = { pending: 0 };
  return {
    get pending() {
      return state.pending;
    },
    accept: async (event) => {
      state.pending += 1;
      try {
        return told(parts, await take(event).catch((error: unknown) => bury(parts, event.record, error)));
      } finally {
        state.pending -= 1;
      }
    },
    refuse: async (record, failure) => {
      await setAside(parts, record, failure);
      parts.onFate('malformed');
    },
    drain: () => take.drain(),
  };
}

function told(parts: InboxParts, outcome: EventOutcome): EventOutcome {
  parts.onFate(outcome.fate);
  return outcome;
}

async function flush(parts: InboxParts, events: readonly WaitedEvent[]): Promise<readonly (EventOutcome | Error)[]> {
  const nowMs = parts.monotonicMs();
  const inTime = events.filter(({ deadlineMs }) => deadlineMs > nowMs);
  const take = () => parts.database.transaction((sql) => takeRecords(sql, parts, inTime.map(({ record }) => record)));
  // Another instance may have taken a login, or met the same record, meanwhile: the second look sees it.
  const outcomes = inTime.length === 0 ? [] : await take().catch((error: unknown) => (isUniqueViolation(error) ? take() : Promise.reject(error)));
  const byEvent = new Map(inTime.map((event, at) => [event, outcomes[at]]));
  return events.map((event) => byEvent.get(event) ?? new TooLateError('The sender has stopped waiting.'));
}

/** An event that fails alone, and not because of the connection, is set aside; the sender is told (L3). */
async function bury(parts: InboxParts, record: IncomingRecord, error: unknown): Promise<EventOutcome> {
  if (error instanceof TooLateError || isConnectionError(error)) throw error;
  const failure = failureOf(error);
  await setAside(parts, record, failure);
  return { fate: 'refused', failure };
}

async function setAside(parts: InboxParts, record: IncomingRecord, failure: Failure): Promise<void> {
  await parts.database.transaction((sql) => buryLetters(sql, [letterOf(parts, { record, failure })]));
}
