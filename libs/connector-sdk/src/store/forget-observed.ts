import { GENERATION_HEADER, type Generation, nextGeneration, type OutgoingRecord, targetKey, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import { appendOutbox, type Database, PUBLISHED_UNTIL, readEpoch, type Sql } from '@rolebridge/persistence';

export interface ForgottenAccount {
  readonly userId: string;
  /** The target's own id. */
  readonly accountId: string;
}

export interface ForgettingOptions {
  readonly database: Database;
  readonly system: string;
  readonly topicPrefix: string;
  readonly tombstoneAfterMs: number;
}

interface Row {
  readonly key: string;
  readonly generation: Generation;
}

const MEET = `insert into observed_account (system, key, account_id) select $1, key, '' from unnest($2::text[]) key order by key on conflict do nothing`;
const LOCK = 'select key, generation from observed_account where system = $1 and key = any($2::text[]) order by key for update';
const FORGET = `
update observed_account o set generation = t.generation, content = null, account_id = '', assignments = '[]', erased = true, tombstone_due_at = 'infinity', seen_at = now()
from unnest($2::text[], $3::bigint[]) as t(key, generation) where o.system = $1 and o.key = t.key`;

/** Says that the accounts of erased people are gone, also where their target still shows them, and remembers them by hash only, so that no look tells them again. */
export async function forgetObserved(sql: Sql, accounts: readonly ForgottenAccount[], { system, topicPrefix }: Pick<ForgettingOptions, 'system' | 'topicPrefix'>): Promise<void> {
  if (accounts.length === 0) return;
  const keys = [...new Set(accounts.map(({ accountId }) => targetKey(system, accountId)))];
  await sql.query(MEET, [system, keys]);
  const epoch = await readEpoch(sql);
  const held = await sql.query<Row>(LOCK, [system, keys]);
  const gone = held.map(({ key, generation }): Row => ({ key, generation: nextGeneration(epoch, generation) }));
  await sql.query(FORGET, [system, gone.map(({ key }) => key), gone.map(({ generation }) => generation)]);
  await sql.query('delete from outbox_aside where topic = $1 and key = any($2::text[])', [topicName('observedAccount', { system }, topicPrefix), keys]);
  await appendOutbox(sql, gone.map((row) => tombstone(row, system, topicPrefix)));
}

/** The time counts from when the first tombstone stood on the topic for sure: only then the segment in which it stands is known to be old enough. */
const ARM = `
update observed_account set tombstone_due_at = now() + $2 * interval '1 millisecond' where (system, key) in (
  select system, key from observed_account where system = $1 and tombstone_due_at = 'infinity' and seen_at < ${PUBLISHED_UNTIL} limit $3 for update skip locked)`;

const DUE = `
update observed_account set tombstone_due_at = null where (system, key) in (
  select system, key from observed_account where system = $1 and tombstone_due_at <= now() order by tombstone_due_at limit $2 for update skip locked)
returning key, generation`;

/** Writes the second tombstones whose time has come; how many. */
export function repeatTombstones({ database, system, topicPrefix, tombstoneAfterMs }: ForgettingOptions, limit: number): Promise<number> {
  return database.transaction(async (sql) => {
    await sql.query(ARM, [system, tombstoneAfterMs, limit]);
    const due = await sql.query<Row>(DUE, [system, limit]);
    await appendOutbox(sql, due.map((row) => tombstone(row, system, topicPrefix)));
    return due.length;
  });
}

function tombstone({ key, generation }: Row, system: string, topicPrefix: string): OutgoingRecord {
  const { eventType: type } = TOPICS.observedAccount;
  const id = `${type}/${system}/${key}/${generation}`;
  const headers = toHeaders({ id, source: `/rolebridge/connector/${system}`, type, subject: key, time: new Date().toISOString(), correlationid: id });
  return { topic: topicName('observedAccount', { system }, topicPrefix), key, value: null, headers: { ...headers, [GENERATION_HEADER]: String(generation) } };
}
