import { coalesce, type Database } from '@rolebridge/persistence';

/** One writer for each object that many people share, over all instances. */
export type SharedObject<Delta> = (object: string, delta: Delta) => Promise<void>;

/** Objects written at once by one process: each holds a connection of the pool while it waits for the target. */
const WRITERS = 2;

const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';

/**
 * Changes of one object that wait while it is being written are folded into the next read–merge–write, under a lock that all instances
 * share: two people in parallel would otherwise erase each other's entry unnoticed (L21). Every change is answered by the write that
 * held it; a refusal of several is halved until the one at fault is alone (L22).
 *
 * @param write reads the object, merges all changes, writes it and makes sure that they are there. Throws ClassifiedError.
 */
export function sharedObject<Delta>(database: Database, name: string, write: (object: string, deltas: readonly Delta[]) => Promise<void>): SharedObject<Delta> {
  const turns = places(WRITERS);
  const queues = new Map<string, ReturnType<typeof queueOf>>();

  const locked = (object: string, deltas: readonly Delta[]): Promise<void> =>
    turns(() =>
      database.transaction(async (sql) => {
        await sql.query(LOCK, [`${database.schema}:shared:${name}:${object}`]);
        await write(object, deltas);
      }),
    );
  const queueOf = (object: string) =>
    coalesce<Delta, undefined>(async (deltas) => {
      await locked(object, deltas);
      return deltas.map(() => undefined);
    });

  return async (object, delta) => {
    const queue = queues.get(object) ?? queueOf(object);
    queues.set(object, queue);
    await queue(delta);
  };
}

/** Runs at most `count` at once, in order of arrival. */
function places(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((turn) => waiting.push(turn));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
