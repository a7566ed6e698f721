import {
  type BulkRedrive,
  type BulkRedriveResult,
  type DeadLetterDetails,
  type DeadLetterPage,
  type DeadLetterQuestion,
  type DeadLetterSummary,
  type Dismissal,
  type DismissalResult,
  type LetterFailure,
  type LetterState,
  MAX_LETTERS_PER_REDRIVE,
  maskedText,
} from '@rolebridge/contracts';
import { recordOrder } from '../operators/operator-audit.ts';
import type { Database, Sql } from '../port.ts';
import { countLetters, type LetterBook, type LetterCount, type LetterRow, lockLetters, noteDismissal, noteRedrive, readLetters, readPage, readRedrivable, type StoredLetter } from './letter-rows.ts';

/** When redriven rows become due. */
export interface Pace {
  /** Milliseconds from now until the first is due. */
  readonly startInMs: number;
  /** Milliseconds between two. */
  readonly stepMs: number;
  /** More than one: then single changes go first. */
  readonly bulk: boolean;
}

/** What a service does with its letters. */
export interface LetterKeeper {
  readonly book: LetterBook;
  /** Locks the rows that decide about these letters, in key order, so that two redrives at once do each once. */
  readonly lock: (sql: Sql, letters: readonly LetterRow[]) => Promise<void>;
  /** Works letters that are open and locked. Answers those that were left alone after all, with a sentence why. */
  readonly redrive: (sql: Sql, letters: readonly LetterRow[], pace: Pace) => Promise<ReadonlyMap<string, string>>;
  /** Something is due now. Called after the commit. */
  readonly redriven: () => void;
  /** What the service itself knows about mending a code. */
  readonly hint?: (letter: LetterFailure & { readonly system: string | null }) => string | undefined;
}

/** Why a letter in this state is left alone. */
const SETTLED: Readonly<Record<Exclude<LetterState, 'open'>, string>> = {
  'under-way': 'already redriven or released; it is being worked',
  resolved: 'already resolved',
  superseded: 'superseded by a newer state of the person',
  repeated: 'it failed again; a later dead letter tells of it',
  dismissed: 'dismissed by an operator; rolebridge redrive <user> tries the person all the same',
};

const WAITS = 'its change waits to be worked; redrive it, or give up what it waits for: rolebridge dead-letters skip <id>';

const DEFAULT_LIMIT = 100;

/** The dead letters of one service, as operators work with them. */
export class DeadLetterDesk {
  readonly #database: Database;
  readonly #keeper: LetterKeeper;

  constructor(database: Database, keeper: LetterKeeper) {
    this.#database = database;
    this.#keeper = keeper;
  }

  async list({ state = 'open', limit = DEFAULT_LIMIT, after, ...filter }: DeadLetterQuestion): Promise<DeadLetterPage> {
    const { book } = this.#keeper;
    const openOnly = state === 'open';
    const size = Math.trunc(limit);
    const counts = await countLetters(this.#database, book, filter);
    const rows = await readPage(this.#database, book, { filter, openOnly, limit: size, after });
    return { letters: rows.map(summaryOf), total: sumOf(counts.filter((count) => !openOnly || count.state === 'open')), next: rows.length < size ? null : cursorOf(rows.at(-1)) };
  }

  /** `undefined`: this service has no such letter. */
  async show(id: string): Promise<DeadLetterDetails | undefined> {
    const { book, hint } = this.#keeper;
    const [row] = await readPage(this.#database, book, { filter: { ids: [id] }, openOnly: false, limit: 1 });
    if (!row) return undefined;
    const { line, plan, request, answer, serviceVersion, redrives, dismissed, topic, partition, offset, recordAt } = row;
    return {
      ...summaryOf(row),
      line,
      original: { topic, partition, offset, at: recordAt?.toISOString() ?? null },
      plan,
      request,
      answer,
      serviceVersion,
      redrives,
      ...(dismissed === null ? {} : { dismissed }),
      obstacle: obstacleOf(row, book) ?? null,
      hint: hint?.(row) ?? null,
    };
  }

  /**
   * Redrives what matches and is open, the oldest first, at most {@link MAX_LETTERS_PER_REDRIVE}; each once, however often it is asked at the
   * same time. The order is recorded in the same transaction.
   */
  async redrive(order: BulkRedrive, by: string): Promise<BulkRedriveResult> {
    if (order.dryRun ?? false) return this.#foresee(order);
    const result = await this.#database.transaction((sql) => this.#carryOut(sql, order, by));
    if (result.redriven.length > 0) this.#keeper.redriven();
    return result;
  }

  /**
   * Closes letters that need nobody any more, each once; what they are about stays as it is. One whose change waits in a line stays open: its line
   * has to be mended. The order is recorded in the same transaction.
   */
  dismiss({ ids, reason }: Dismissal, by: string): Promise<DismissalResult> {
    const { book, lock } = this.#keeper;
    return this.#database.transaction(async (sql) => {
      await lock(sql, await readLetters(sql, book, ids));
      await lockLetters(sql, ids);
      const letters = await readLetters(sql, book, ids);
      const done = letters.filter(({ state, waitingAt }) => state === 'open' && waitingAt === null);
      const skipped = together(letters.filter((letter) => !done.includes(letter)).map(({ state }) => ({ why: state === 'open' ? WAITS : SETTLED[state], count: 1 })));
      if (done.length === 0) return { dismissed: [], skipped };
      await noteDismissal(sql, done.map(({ id }) => id), by, maskedText(reason));
      const counts = Object.fromEntries(skipped.map(({ why, count }) => [why, count]));
      await recordOrder(sql, { order: 'dismiss', operator: by, reason, filter: { ids }, affected: done.length, skipped: counts, subjects: [...new Set(done.map(subjectOf))] });
      return { dismissed: done.map(({ id }) => id), skipped };
    });
  }

  async #foresee({ filter }: BulkRedrive): Promise<BulkRedriveResult> {
    const { book } = this.#keeper;
    const letters = await readRedrivable(this.#database, book, filter, MAX_LETTERS_PER_REDRIVE);
    const counts = await countLetters(this.#database, book, filter);
    return { dryRun: true, redriven: letters.map(({ id }) => id), skipped: skippedOf(counts, book), remaining: redrivableIn(counts) - letters.length };
  }

  async #carryOut(sql: Sql, order: BulkRedrive, by: string): Promise<BulkRedriveResult> {
    const { book, lock, redrive } = this.#keeper;
    const { filter } = order;
    const met = await readRedrivable(sql, book, filter, MAX_LETTERS_PER_REDRIVE);
    await lock(sql, met);
    const open = met.length === 0 ? [] : await readRedrivable(sql, book, { ids: met.map(({ id }) => id) }, met.length);
    const counts = await countLetters(sql, book, filter);
    const left = open.length === 0 ? new Map<string, string>() : await redrive(sql, open, paceOf(order, open.length));
    const done = open.filter(({ id }) => !left.has(id));
    const skipped = together([...skippedOf(counts, book), ...[...left.values()].map((why) => ({ why, count: 1 }))]);
    if (done.length > 0) await this.#note(sql, { order, by, done, skipped });
    return { dryRun: false, redriven: done.map(({ id }) => id), skipped, remaining: Math.max(0, redrivableIn(counts) - open.length) };
  }

  async #note(sql: Sql, { order, by, done, skipped }: Done): Promise<void> {
    const { filter, perSecond } = order;
    await noteRedrive(sql, done.map(({ id }) => id), by, maskedText(order.reason));
    await recordOrder(sql, {
      order: 'redrive',
      operator: by,
      reason: order.reason,
      ...(filter.system === undefined ? {} : { system: filter.system }),
      filter: { ...filter, ...(perSecond === undefined ? {} : { perSecond }) },
      affected: done.length,
      skipped: Object.fromEntries(skipped.map(({ why, count }) => [why, count])),
      subjects: [...new Set(done.map(subjectOf))],
    });
  }
}

interface Done {
  readonly order: BulkRedrive;
  readonly by: string;
  readonly done: readonly LetterRow[];
  readonly skipped: BulkRedriveResult['skipped'];
}

function paceOf({ perSecond, startInMs = 0 }: BulkRedrive, letters: number): Pace {
  return { startInMs, stepMs: perSecond === undefined ? 0 : 1000 / perSecond, bulk: letters > 1 || startInMs > 0 };
}

function cursorOf(last: StoredLetter | undefined): string | null {
  return last === undefined ? null : `${last.lastFailureAt.toISOString()}_${last.id}`;
}

/** Who is meant, in a way that stays readable when the letter is forgotten. */
function subjectOf({ id, consumer, system, userId, line }: LetterRow): string {
  return `${system ?? consumer}/${userId ?? line ?? id}`;
}

const redrivableIn = (counts: readonly LetterCount[]): number => sumOf(counts.filter(({ state, obstacle }) => state === 'open' && obstacle === null));

function sumOf(counts: readonly LetterCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}

function skippedOf(counts: readonly LetterCount[], book: LetterBook): BulkRedriveResult['skipped'] {
  return together(
    counts.flatMap((count) => {
      const why = obstacleOf(count, book);
      return why === undefined ? [] : [{ why, count: count.count }];
    }),
  );
}

function obstacleOf({ state, obstacle }: Pick<LetterCount, 'state' | 'obstacle'>, { obstacles }: LetterBook): string | undefined {
  if (state !== 'open') return SETTLED[state];
  return obstacle === null ? undefined : (obstacles[obstacle] ?? obstacle);
}

function together(skipped: BulkRedriveResult['skipped']): BulkRedriveResult['skipped'] {
  const counts = new Map<string, number>();
  for (const { why, count } of skipped) counts.set(why, (counts.get(why) ?? 0) + count);
  return [...counts].map(([why, count]) => ({ why, count }));
}

function summaryOf(row: StoredLetter): DeadLetterSummary {
  const { id, consumer, system, userId, generation, kind, code, message, field, rules, attempts, correlationId, state } = row;
  const times = { firstFailureAt: row.firstFailureAt.toISOString(), lastFailureAt: row.lastFailureAt.toISOString() };
  return { id, consumer, system, userId, generation, kind, code, message, field, rules, attempts, ...times, correlationId, state };
}
