import type { Sql } from '@rolebridge/persistence';

/** A delivery that carries a key of its caller (L9). */
export interface Delivery {
  /** Hash of caller, method, resource and key. */
  readonly scope: string;
  readonly bodyHash: string;
}

/** A first outcome. */
export interface Remembered<Answer> {
  readonly bodyHash: string;
  readonly answer: Answer;
}

/** The first outcomes of these scopes, for those that were seen and are not forgotten. */
export async function recallOutcomes<Answer>(sql: Sql, scopes: readonly string[]): Promise<ReadonlyMap<string, Remembered<Answer>>> {
  if (scopes.length === 0) return new Map();
  const rows = await sql.query<{ scope: string; body_hash: string; answer: Answer }>(
    'select scope, body_hash, answer from idempotency where scope = any($1::text[]) and expires_at > now()',
    [scopes],
  );
  return new Map(rows.map((row) => [row.scope, { bodyHash: row.body_hash, answer: row.answer }]));
}

/** An entry that has expired makes room; one that has not is a race with another instance and fails as a unique violation. */
const REMEMBER = `
  insert into idempotency as held (scope, body_hash, answer, expires_at)
  select scope, body_hash, answer, now() + $4 * interval '1 hour'
  from unnest($1::text[], $2::text[], $3::jsonb[]) as t (scope, body_hash, answer) order by scope`;

const FORGET_EXPIRED_OF = 'delete from idempotency where scope = any($1::text[]) and expires_at <= now()';

/** Keeps first outcomes, in the transaction that brought them about. @param hours how long */
export async function rememberOutcomes(sql: Sql, outcomes: readonly (Delivery & { readonly answer: unknown })[], hours: number): Promise<void> {
  if (outcomes.length === 0) return;
  const scopes = outcomes.map(({ scope }) => scope);
  await sql.query(FORGET_EXPIRED_OF, [scopes]);
  await sql.query(REMEMBER, [scopes, outcomes.map(({ bodyHash }) => bodyHash), outcomes.map(({ answer }) => JSON.stringify(answer)), hours]);
}

/** Forgets up to `limit` expired outcomes; returns how many there were. */
export async function forgetExpired(sql: Sql, limit: number): Promise<number> {
  const rows = await sql.query(
    'delete from idempotency where scope in (select scope from idempotency where expires_at <= now() order by expires_at limit $1 for update skip locked) returning 1',
    [limit],
  );
  return rows.length;
}
