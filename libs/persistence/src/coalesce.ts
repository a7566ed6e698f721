import { isConnectionError } from './connection/sql-error.ts';

export interface CoalesceOptions {
  /** Items of one flush, default 500. */
  readonly maxItems?: number;
  /** Whether a failed flush of several items is tried again in halves; default: unless the connection failed (law L3). */
  readonly halves?: (error: unknown) => boolean;
}

/** Call it with one item; it answers with that item's result. */
export interface Coalesced<T, R> {
  (item: T): Promise<R>;
  /** Resolves when nothing is waiting or running. */
  drain(): Promise<void>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Natural batching: while one flush runs, items gather, and the next flush takes them all (at most `maxItems`), in order. No timers, so an
 * idle system answers at once and a busy one shares its commits. A flush answers per item, in the same order, with a
 * result or an Error. When a flush of several items rejects, it is halved until the item at fault is alone: only that one rejects.
 * A flush that rejects must have had no effect (one transaction).
 */
export function coalesce<T, R>(flush: (items: readonly T[]) => Promise<readonly (R | Error)[]>, options: CoalesceOptions = {}): Coalesced<T, R> {
  const { maxItems = 500, halves = (error) => !isConnectionError(error) } = options;
  const queue: Waiting<T, R>[] = [];
  let running: Promise<void> | undefined;

  const settle = async (part: readonly Waiting<T, R>[]): Promise<void> => {
    let results: readonly (R | Error)[];
    try {
      results = await flush(part.map(({ item }) => item));
    } catch (error) {
      if (part.length === 1 || !halves(error)) return part.forEach(({ reject }) => reject(error));
      const middle = Math.ceil(part.length / 2);
      await settle(part.slice(0, middle));
      return settle(part.slice(middle));
    }
    answer(part, results);
  };
  const run = async (): Promise<void> => {
    await Promise.resolve(); // items of one tick travel together
    while (queue.length > 0) await settle(queue.splice(0, maxItems));
    running = undefined;
  };
  const add = (item: T): Promise<R> =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      running ??= run();
    });
  return Object.assign(add, { drain: async () => running });
}

function answer<T, R>(part: readonly Waiting<T, R>[], results: readonly (R | Error)[]): void {
  const defect = new TypeError(`A flush of ${part.length} items answered with ${results.length} results.`);
  for (const [index, { resolve, reject }] of part.entries()) {
    const result = results.length === part.length ? (results[index] as R | Error) : defect; // within bounds, as the lengths are equal
    if (result instanceof Error) reject(result);
    else resolve(result);
  }
}
