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

/** Renewed this long before its end, so that no call starts with a token that dies on the way. */
const MARGIN_MS = 60_000;

const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
const READ = `select value, (extract(epoch from expires_at - now()) * 1000)::float8 as "expiresInMs" from shared_token where system = $1 and name = $2`;
const WRITE = `insert into shared_token (system, name, value, expires_at) values ($1, $2, $3, now() + $4 * interval '1 millisecond')
on conflict (system, name) do update set value = excluded.value, expires_at = excluded.expires_at`;

/** Single flight over all instances: one fetches under a lock, the others wait and read what it stored. */
export function sharedToken(database: Database, key: { readonly system: string; readonly name: string }, fetch: () => Promise<FetchedToken>): SharedToken {
  const { system, name } = key;
  let cached: Held | undefined;
  let flight: Promise<Held> | undefined;

  const renew = (refused: string | undefined): Promise<Held> =>
    database.transaction(async (sql) => {
      await sql.query(LOCK, [`${database.schema}:token:${system}:${name}`]);
      const [stored] = await sql.query<FetchedToken>(READ, [system, name]);
      if (stored && stored.value !== refused && stored.expiresInMs > MARGIN_MS) return held(stored);
      const token = await fetch();
      await sql.query(WRITE, [system, name, token.value, token.expiresInMs]);
      return held(token);
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

function held(token: FetchedToken): Held {
  return { value: token.value, until: performance.now() + token.expiresInMs - MARGIN_MS };
}
