import type { Failure, IncomingRecord } from '@rolebridge/contracts';
import { buryLetters, noteWaiting } from '@rolebridge/persistence';
import type { Letter, Sql } from '@rolebridge/persistence';
import type { NewlyParked } from '../decide/source-book.ts';
import type { ParkReason } from '../decide/source-line.ts';
import type { InboxParts } from './inbox-parts.ts';

/** A record that was not taken, with the reason. */
export interface Found {
  readonly record: IncomingRecord;
  readonly failure: Failure;
  /** The line it belongs to, when that could be read. */
  readonly line?: string;
}

/** What a batch left for operators. */
export interface LettersOfBatch {
  readonly found: readonly Found[];
  /** Deltas that wait from now on, stored already, in order. */
  readonly parked: readonly NewlyParked[];
  /** Per line the last record that carried the whole user and took effect: what had been refused before it is settled. */
  readonly settled: ReadonlyMap<string, IncomingRecord>;
  /** All records of the batch, in order. */
  readonly records: readonly IncomingRecord[];
}

/** Why a delta waits that nobody has refused, in words for operators. */
const WAITS: Readonly<Record<Exclude<ParkReason, 'refused'>, string>> = {
  'unknown-record': 'A patch or lock came for a record whose whole user was never sent.',
  'sequence-gap': 'A change with a lower number is missing.',
  'behind-parked': 'An earlier change of the same record waits.',
};

const REFUSED: Failure = { kind: 'rejected', code: 'refused', message: 'The change was refused when its turn came.' };

/** Writes the dead letters of a batch, and closes those that a whole user has settled. In the transaction that moves on. */
export async function noteLetters(sql: Sql, parts: InboxParts, batch: LettersOfBatch): Promise<void> {
  const places = await placesOf(sql, batch.parked);
  const waiting = new Set(batch.parked.map(({ record }) => record));
  const order = new Map(batch.records.map((record, at) => [record, at]));
  const lost = batch.found.filter(({ record }) => !waiting.has(record));
  const isSettled = ({ record, line }: Found): boolean => (order.get(record) ?? 0) < (order.get(batch.settled.get(line ?? '') ?? record) ?? 0);
  await buryLetters(sql, lost.filter(isSettled).map((found) => letterOf(parts, found)));
  await closeSettled(sql, [...batch.settled.keys()]);
  await buryLetters(sql, lost.filter((found) => !isSettled(found)).map((found) => letterOf(parts, found)));
  await noteParked(sql, parts, batch, places);
}

async function noteParked(sql: Sql, parts: InboxParts, { found, parked }: LettersOfBatch, places: readonly number[]): Promise<void> {
  const failures = new Map(found.map(({ record, failure }) => [record, failure]));
  const letters = parked.map(({ key, reason, record }, at): Letter => {
    const failure = failures.get(record) ?? failureOf(reason);
    const waitingAt = places[at];
    return { ...letterOf(parts, { record, failure, line: key }), ...(waitingAt === undefined ? {} : { waitingAt }) };
  });
  await buryLetters(sql, letters.filter((_, at) => failures.has(recordAt(parked, at))));
  await noteWaiting(sql, letters.filter((_, at) => !failures.has(recordAt(parked, at))));
}

function recordAt(parked: readonly NewlyParked[], at: number): IncomingRecord {
  const one = parked[at];
  if (!one) throw new Error('A waiting change went missing between two statements.');
  return one.record;
}

function failureOf(reason: ParkReason): Failure {
  return reason === 'refused' ? REFUSED : { kind: 'waiting', code: reason, message: WAITS[reason] };
}

const PLACES = 'select position from parked_change where source_key = any($1::text[]) order by position desc limit $2';

/** Where the deltas were stored just now; their lines are locked, so the last ones are ours. */
async function placesOf(sql: Sql, parked: readonly NewlyParked[]): Promise<readonly number[]> {
  if (parked.length === 0) return [];
  const rows = await sql.query<{ position: number }>(PLACES, [[...new Set(parked.map(({ key }) => key))], parked.length]);
  return rows.map(({ position }) => position).toReversed();
}

const CLOSE = `
  update dead_letter set closed_as = 'superseded', closed_at = now()
  where line = any($1::text[]) and closed_as is null and waiting_at is null`;

/** Lets what had been refused rest: the whole user came after it. What waited is told by whether it still waits. */
async function closeSettled(sql: Sql, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await sql.query(CLOSE, [lines]);
}

/** The dead letter of a record. */
export function letterOf({ settings, now, serviceVersion }: InboxParts, { record, failure, line }: Found): Letter {
  const at = now().toISOString();
  const correlationId = record.headers['ce_correlationid'] ?? record.headers['ce_id'] ?? '';
  const { partition, offset, ...rest } = record;
  const original = offset < 0 ? rest : { ...rest, partition, offset };
  const story = { attempts: 1, firstFailureAt: at, at, correlationId, serviceVersion };
  return { consumer: settings.consumer, prefix: settings.topicPrefix, original, failure, ...story, ...(line === undefined ? {} : { line }) };
}
