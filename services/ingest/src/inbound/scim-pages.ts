import { createHash } from 'node:crypto';
import { isObject, ScimError } from '@rolebridge/scim';
import type { Slice } from '../store/scim-list.ts';
import { isUuid } from '../store/users.store.ts';
import type { ListQuery } from './scim-query.ts';

/** A page as the caller asked for it, and what its answer says about its place. */
export interface PagePlan {
  readonly slice: Slice;
  /**
   * To be told with the ids that were found; it says which of them are shown and how the answer names its place.
   *
   * @param most so many fit on the page
   */
  readonly place: (ids: readonly string[], most?: number) => { readonly shown: readonly string[]; readonly page: number | { readonly nextCursor?: string } };
}

/** From this position on a walk through a list goes on behind the last id instead of counting from the start. */
const DEEP = 1000;
const MAX_MARKS = 2000;
const MARK_MS = 10 * 60_000;

interface Mark {
  readonly id: string;
  readonly inclusive: boolean;
  readonly atMs: number;
}

/**
 * Where pages of lists begin. `startIndex` means skipping; deep in a list, the service remembers for ten minutes which id a page ended with, so that
 * the next page starts there: fast, and nobody is skipped because somebody before left meanwhile. A cursor (RFC 9865) carries that id itself.
 */
export class ScimPages {
  readonly #monotonicMs: () => number;
  readonly #marks = new Map<string, Mark>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** @param scope which list it is, e.g. `Users` */
  plan(scope: string, query: ListQuery): PagePlan {
    const list = [scope, query.filter ?? '', query.sortBy ?? '', query.descending];
    return query.cursor === undefined ? this.#byIndex(JSON.stringify(list), query) : byCursor(hashOf(list), query, query.cursor);
  }

  #byIndex(list: string, { startIndex, count, sortBy }: ListQuery): PagePlan {
    const offset = startIndex - 1;
    const marked = sortBy === undefined ? this.#mark(`${list}${offset}`) : undefined;
    const slice = { offset, limit: count, ...(marked && { behind: { id: marked.id, inclusive: marked.inclusive } }) };
    return {
      slice,
      place: (ids, most = ids.length) => {
        const shown = ids.slice(0, most);
        if (sortBy === undefined) this.#remember(list, offset, shown);
        return { shown, page: startIndex };
      },
    };
  }

  #mark(key: string): Mark | undefined {
    const mark = this.#marks.get(key);
    return mark && this.#monotonicMs() - mark.atMs < MARK_MS ? mark : undefined;
  }

  #remember(list: string, offset: number, ids: readonly string[]): void {
    const [first] = ids;
    const last = ids.at(-1);
    if (first === undefined || last === undefined || offset + ids.length < DEEP) return;
    if (offset >= DEEP) this.#note(`${list}${offset}`, { id: first, inclusive: true });
    this.#note(`${list}${offset + ids.length}`, { id: last, inclusive: false });
  }

  #note(key: string, mark: Omit<Mark, 'atMs'>): void {
    this.#marks.delete(key);
    this.#marks.set(key, { ...mark, atMs: this.#monotonicMs() });
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > MAX_MARKS && oldest !== undefined) this.#marks.delete(oldest);
  }
}

function byCursor(list: string, { count, sortBy }: ListQuery, cursor: string): PagePlan {
  const { behind, offset } = cursor === '' ? { behind: undefined, offset: 0 } : readCursor(cursor, list);
  return {
    // one more than shown tells whether there is a next page
    slice: { offset, limit: count + 1, ...(behind !== undefined && { behind: { id: behind, inclusive: false } }) },
    place: (ids, most = ids.length) => {
      const shown = ids.slice(0, Math.min(count, most));
      const last = shown.at(-1);
      const next = ids.length === shown.length || last === undefined ? undefined : cursorOf(list, sortBy === undefined ? { behind: last } : { offset: offset + shown.length });
      return { shown, page: next === undefined ? {} : { nextCursor: next } };
    },
  };
}

interface Position {
  readonly behind?: string;
  readonly offset: number;
}

function cursorOf(list: string, position: Partial<Position>): string {
  return Buffer.from(JSON.stringify({ list, ...position })).toString('base64url');
}

/** @throws ScimError `invalidCursor` for a cursor that is not ours, or belongs to another list */
function readCursor(cursor: string, list: string): Position {
  const read = parsed(cursor);
  if (!isObject(read) || read['list'] !== list) throw invalidCursor();
  const { behind, offset = 0 } = read;
  if (!isOffset(offset) || (behind !== undefined && !isId(behind))) throw invalidCursor();
  return { offset, ...(behind !== undefined && { behind }) };
}

function isOffset(offset: unknown): offset is number {
  return typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0;
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && isUuid(id);
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw invalidCursor();
  }
}

function invalidCursor(): ScimError {
  return ScimError.of('invalidCursor', 'The cursor does not belong to this list; begin again with an empty one.');
}

function hashOf(list: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}
