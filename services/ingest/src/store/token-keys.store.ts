import { randomBytes } from 'node:crypto';
import type { TokenKey, TokenKeys } from '@rolebridge/access';
import type { Database, Sql } from '@rolebridge/persistence';

/** Keys are read anew after this time, and for an unknown id at most this often. */
const FRESH_MS = 60_000;
const AGAIN_MS = 1000;

const READ = `select id, secret, created_at > now() - interval '1 day' as signs from token_key where created_at > now() - interval '2 days' order by created_at desc, id`;
const ADD = 'insert into token_key (id, secret) values ($1, $2)';
const REMOVE_OLD = `delete from token_key where created_at <= now() - interval '2 days'`;

interface StoredKey extends TokenKey {
  /** Young enough to sign; older ones only verify. */
  readonly signs: boolean;
}

/** The keys that sign our tokens, in the database: every instance gives and takes the same tokens, also after a restart. */
export class StoredTokenKeys implements TokenKeys {
  readonly #database: Database;
  readonly #monotonicMs: () => number;
  #keys: readonly StoredKey[] = [];
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(database: Database, monotonicMs: () => number) {
    this.#database = database;
    this.#monotonicMs = monotonicMs;
  }

  async current(): Promise<TokenKey> {
    await this.#refresh(FRESH_MS);
    return this.#keys.find(({ signs }) => signs) ?? (await this.#add());
  }

  async byId(id: string): Promise<TokenKey | undefined> {
    await this.#refresh(this.#keys.some((key) => key.id === id) ? FRESH_MS : AGAIN_MS);
    return this.#keys.find((key) => key.id === id);
  }

  async #refresh(ageMs: number): Promise<void> {
    const nowMs = this.#monotonicMs();
    if (nowMs - this.#readMs < ageMs) return;
    this.#keys = await readKeys(this.#database);
    this.#readMs = nowMs;
  }

  /** Two instances may both add one: then there are two, and both count. */
  async #add(): Promise<TokenKey> {
    const key = { id: randomBytes(12).toString('base64url'), secret: randomBytes(32), signs: true };
    await this.#database.transaction(async (sql) => {
      await sql.query(REMOVE_OLD);
      await sql.query(ADD, [key.id, key.secret]);
    });
    this.#keys = [key, ...this.#keys];
    return key;
  }
}

function readKeys(sql: Sql): Promise<readonly StoredKey[]> {
  return sql.query<StoredKey>(READ);
}
