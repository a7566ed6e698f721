import type { Database } from '@rolebridge/persistence';

/** A token as fetched from the target. */
export interface FetchedToken {
  readonly value: string;
  readonly expiresInMs: number;
}

/** A token that all instances share, because at some targets a new one ends the old one. */
export interface SharedToken {
  /** The stored token, or a fresh one when there is none or it is about to expire. */
  get(): Promise<string>;
  /** The target refused `used`: the token that somebody else has fetched meanwhile, or a fresh one. */
  replace(used: string): Promise<string>;
}

const MARGIN_MS = 60_000;

/** A token is renewed before its end, so that no call starts with one that dies on the way: a minute before, or at half of a short life. */
export function renewAfterMs(lifetimeMs: number): number {
  return lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 2);
}

const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
const READ = `select value, (extract(epoch from renew_at - now()) * 1000)::float8 as "goodForMs" from shared_token where system = $1 and name = $2`;
const WRITE = `insert into shared_token (system, name, value, renew_at) values ($1, $2, $3, now() + $4 * interval '1 millisecond')
on conflict (system, name) do update set value = excluded.value, renew_at = excluded.renew_at`;

/** Single flight over all instances: one fetches under a lock, the others wait and read what it stored. */
export function sharedToken(database: Database, key: { readonly system: string; readonly name: string }, fetch: () => Promise<FetchedToken>): SharedToken {
  const { system, name } = key;
  let cached: Held | undefined;
  let flight: Promise<Held> | undefined;

  const renew = (refused: string | undefined): Promise<Held> =>
    database.transaction(async (sql) => {
      await sql.query(LOCK, [`${database.schema}:token:${system}:${name}`]);
      const [stored] = await sql.query<{ value: string; goodForMs: number }>(READ, [system, name]);
      if (stored && stored.value !== refused && stored.goodForMs > 0) return held(stored.value, stored.goodForMs);
      const { value, expiresInMs } = await fetch();
      const goodForMs = renewAfterMs(expiresInMs);
      await sql.query(WRITE, [system, name, value, goodForMs]);
      return held(value, goodForMs);
    });

  const once = async (refused: string | undefined): Promise<string> => {
    flight ??= renew(refused).finally(() => (flight = undefined));
    cached = await flight;
    return cached.value;
  };

  const good = () => (cached !== undefined && performance.now() < cached.until ? cached.value : undefined);

  return {
    get: async () => good() ?? once(undefined),
    replace: async (used) => {
      const other = good();
      return other !== undefined && other !== used ? other : once(used);
    },
  };
}

interface Held {
  readonly value: string;
  /** Monotonic milliseconds. */
  readonly until: number;
}

function held(value: string, goodForMs: number): Held {
  return { value, until: performance.now() + goodForMs };
}
