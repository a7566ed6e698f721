import { CURSOR, type DeadLetterDetails, type DeadLetterFilter, type DeadLetterSummary, type LetterState } from '@rolebridge/contracts';
import type { Sql } from '../port.ts';

/**
 * How a service tells what became of its letters, as SQL over `dead_letter d`: what it knows anyway (links, lines, people) decides, so that
 * nothing has to be written when a newer state passes by.
 */
export interface LetterBook {
  /** Joins that the expressions need. */
  readonly join: string;
  /** A {@link LetterState}; asked only where `closed_as` does not say. */
  readonly state: string;
  /** Why a letter cannot be redriven, as a key of {@link obstacles}; null where it can. */
  readonly obstacle: string;
  /** Sentences: why not, and what to do instead. */
  readonly obstacles: Readonly<Record<string, string>>;
}

/** A letter as the services see it. */
export interface LetterRow {
  readonly id: string;
  readonly consumer: string;
  readonly system: string | null;
  readonly userId: string | null;
  readonly line: string | null;
  readonly waitingAt: number | null;
  readonly generation: number | null;
  readonly kind: DeadLetterSummary['kind'];
  readonly code: string;
  readonly state: LetterState;
  readonly obstacle: string | null;
}

export interface StoredLetter extends LetterRow {
  readonly message: string;
  readonly field: string | null;
  readonly rules: readonly string[];
  readonly plan: readonly string[];
  readonly request: string | null;
  readonly answer: string | null;
  readonly attempts: number;
  readonly firstFailureAt: Date;
  readonly lastFailureAt: Date;
  readonly correlationId: string;
  readonly serviceVersion: string;
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly recordAt: Date | null;
  readonly redrives: DeadLetterDetails['redrives'];
  readonly dismissed: NonNullable<DeadLetterDetails['dismissed']> | null;
}

const COLUMNS = `d.id, d.consumer, d.system, d.user_id as "userId", d.line, d.waiting_at as "waitingAt", d.generation, d.kind, d.code, d.message, d.field, d.rules, d.plan, d.request, d.answer, d.attempts,
  d.first_failure_at as "firstFailureAt", d.last_failure_at as "lastFailureAt", d.correlation_id as "correlationId", d.service_version as "serviceVersion",
  d.topic, d.partition, d.record_offset as "offset", d.record_at as "recordAt", d.redrives, d.dismissed`;

const MATCHES = `($1::text[] is null or d.id = any($1)) and ($2::text is null or d.consumer = $2) and ($3::text is null or d.system = $3)
  and ($4::text is null or d.kind = $4) and ($5::text is null or d.code = $5) and ($6::text is null or $6 = any(d.rules))
  and d.last_failure_at >= coalesce($7::timestamptz, '-infinity') and d.last_failure_at < coalesce($8::timestamptz, 'infinity')`;

const CONDITIONS = ['ids', 'consumer', 'system', 'kind', 'code', 'rule', 'since', 'until'] as const satisfies readonly (keyof DeadLetterFilter)[];

/** The first eight parameters of every statement. */
function parametersOf(filter: DeadLetterFilter): readonly unknown[] {
  return CONDITIONS.map((name) => filter[name] ?? null);
}

/** Letters that match, with state and obstacle. */
function judged({ join, state, obstacle }: LetterBook): string {
  return `select ${COLUMNS}, coalesce(d.closed_as, ${state}) as state, ${obstacle} as obstacle from dead_letter d ${join} where ${MATCHES}`;
}

export interface PageAsked {
  readonly filter: DeadLetterFilter;
  readonly openOnly: boolean;
  readonly limit: number;
  /** Only what comes after this letter in the list: its `next`. */
  readonly after?: string | undefined;
}

/** Newest first. */
export function readPage(sql: Sql, book: LetterBook, { filter, openOnly, limit, after }: PageAsked): Promise<readonly StoredLetter[]> {
  const [, at = null, id = null] = CURSOR.exec(after ?? '') ?? [];
  const text = `select * from (${judged(book)} and ($9::timestamptz is null or (d.last_failure_at, d.id collate "C") < ($9, $10::text))) letters
    where not $11 or state = 'open' order by "lastFailureAt" desc, id collate "C" desc limit $12`;
  return sql.query<StoredLetter>(text, [...parametersOf(filter), at, id, openOnly, limit]);
}

export interface LetterCount {
  readonly state: LetterState;
  readonly obstacle: string | null;
  readonly count: number;
}

/** How many letters match, by what can be done about them. */
export function countLetters(sql: Sql, book: LetterBook, filter: DeadLetterFilter): Promise<readonly LetterCount[]> {
  return sql.query<LetterCount>(`select state, obstacle, count(*) as count from (${judged(book)}) letters group by state, obstacle`, parametersOf(filter));
}

/** Open letters of one cause. */
export interface OpenLetterCount {
  readonly system: string | null;
  readonly kind: DeadLetterSummary['kind'];
  readonly code: string;
  readonly count: number;
}

/** How many letters need a person, by cause. */
export function countOpenLetters(sql: Sql, book: LetterBook): Promise<readonly OpenLetterCount[]> {
  return sql.query<OpenLetterCount>(`select system, kind, code, count(*)::int as count from (${judged(book)}) letters where state = 'open' group by system, kind, code order by 1, 2, 3`, parametersOf({}));
}

/** Open letters that can be redriven, oldest first. */
export function readRedrivable(sql: Sql, book: LetterBook, filter: DeadLetterFilter, limit: number): Promise<readonly LetterRow[]> {
  const text = `select * from (${judged(book)}) letters where state = 'open' and obstacle is null order by "lastFailureAt", id limit $9`;
  return sql.query<LetterRow>(text, [...parametersOf(filter), limit]);
}

/** These letters with state and obstacle. */
export function readLetters(sql: Sql, book: LetterBook, ids: readonly string[]): Promise<readonly LetterRow[]> {
  return sql.query<LetterRow>(`select * from (${judged(book)}) letters order by id`, parametersOf({ ids }));
}

/** For those that no row of the service stands for. */
export async function lockLetters(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query('select 1 from dead_letter where id = any($1::text[]) order by id for update', [ids]);
}

const NOTE_DISMISSAL = `
  update dead_letter set closed_as = 'dismissed', closed_at = now(),
    dismissed = jsonb_build_object('at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', $2::text, 'reason', $3::text)
  where id = any($1::text[])`;

export async function noteDismissal(sql: Sql, ids: readonly string[], by: string, reason: string): Promise<void> {
  await sql.query(NOTE_DISMISSAL, [ids, by, reason]);
}

const NOTE_REDRIVE = `
  update dead_letter set redrives = redrives || jsonb_build_array(jsonb_build_object('at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'by', $2::text, 'reason', $3::text))
  where id = any($1::text[])`;

export async function noteRedrive(sql: Sql, ids: readonly string[], by: string, reason: string): Promise<void> {
  await sql.query(NOTE_REDRIVE, [ids, by, reason]);
}
