import { ClassifiedError, failureOf, GENERATION_HEADER, parseRecord, TOPICS } from '@rolebridge/contracts';
import type { Generation, IncomingRecord, ObservedAccount, Outcome, SystemName, TargetEntitlement } from '@rolebridge/contracts';
import { halving } from '@rolebridge/kafka';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import { buryLetters, isConnectionError, isUniqueViolation, saveOffsets } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { ProxyBook } from '../decide/proxy-book.ts';
import { idOfKey } from '../decide/proxy-identity.ts';
import { isUuid } from './users.store.ts';
import { lockProxyRows, saveProxyRows } from './proxy-rows.store.ts';

export interface ProxyInboxParts {
  readonly database: Database;
  readonly topicPrefix: string;
  readonly serviceVersion: string;
  /** Consumer of the dead letters. */
  readonly consumer: string;
}

/** One observation: `null` = the target has it no more. */
interface Sight<T> {
  readonly system: SystemName;
  readonly key: string;
  readonly generation: Generation;
  readonly value: T | null;
}

/** Takes what connectors saw into the read model, offsets beside it (L4). Leads to no event (design §3). */
export function observationInbox(parts: ProxyInboxParts): BatchHandler {
  return readModelOf(parts, async (sql, { records }) => {
    const sights = records.map((record) => sightOf('observedAccount', record));
    for (const [system, seen] of bySystem(sights)) {
      const userIds = seen.flatMap(({ value }) => value?.userId ?? []);
      const book = new ProxyBook(system, await lockProxyRows(sql, system, { keys: seen.map(({ key }) => key), userIds, ids: seen.map(({ key }) => idOfKey(key)) }));
      for (const { key, generation, value } of seen) book.see(key, generation, value);
      await saveProxyRows(sql, system, book.changed);
    }
  });
}

const SAVE_ENTITLEMENT = `
  insert into proxy_entitlement as e (system, id, key, generation, target_id, type, value, display, shown)
  select $1, id, key, generation, target_id, type, value, display, shown
  from jsonb_to_recordset($2::jsonb) as t(id uuid, key text, generation bigint, target_id text, type text, value text, display text, shown boolean) order by id
  on conflict (system, id) do update set generation = excluded.generation, shown = excluded.shown, modified_at = now(), target_id = coalesce(excluded.target_id, e.target_id),
    type = coalesce(excluded.type, e.type), value = coalesce(excluded.value, e.value), display = case when excluded.shown then excluded.display else e.display end
  where e.generation < excluded.generation`;

export function entitlementInbox(parts: ProxyInboxParts): BatchHandler {
  return readModelOf(parts, async (sql, { records }) => {
    const sights = records.map((record) => sightOf('entitlement', record));
    for (const [system, seen] of bySystem(sights)) {
      const newest = new Map<string, Sight<TargetEntitlement>>();
      for (const sight of seen) if ((newest.get(sight.key)?.generation ?? 0) < sight.generation) newest.set(sight.key, sight);
      await sql.query(SAVE_ENTITLEMENT, [system, JSON.stringify([...newest.values()].map(entitlementRow))]);
    }
  });
}

/** Of a tombstone nothing but the key; columns that are missing are null. */
function entitlementRow({ key, generation, value }: Sight<TargetEntitlement>): object {
  const known = { id: idOfKey(key), key, generation, shown: value !== null };
  return value === null ? known : { ...known, target_id: value.id, type: value.type, value: value.value, display: value.display ?? null };
}

/** Requests that are still laid over an account; only for these people outcomes matter here. */
const WAITING = `select distinct system, user_id as "userId" from proxy_account where user_id = any($1::uuid[]) and overlay is not null`;

/** @param tell about whom there is news, once it is stored */
export function outcomeInbox(parts: ProxyInboxParts, tell: (userIds: readonly string[]) => void): BatchHandler {
  const handle = readModelOf(parts, async (sql, { records }) => {
    const concerned = new Set(records.flatMap(({ key }) => (key !== null && isUuid(key) ? [key] : [])));
    const waiting = await sql.query<{ system: string; userId: string }>(WAITING, [[...concerned]]);
    if (waiting.length === 0) return; // as nearly always: then nothing of them is even read
    const outcomes = outcomesOf(records);
    for (const [system, people] of Map.groupBy(waiting, (row) => row.system)) {
      const userIds = new Set(people.map(({ userId }) => userId));
      const book = new ProxyBook(system, await lockProxyRows(sql, system, { userIds: [...userIds] }));
      for (const outcome of outcomes) if (userIds.has(outcome.userId)) enter(book, system, outcome);
      await saveProxyRows(sql, system, book.changed);
    }
  });
  return async (batch) => {
    await handle(batch);
    tell(batch.records.flatMap(({ key }) => key ?? []));
  };
}

function enter(book: ProxyBook, system: SystemName, outcome: Outcome): void {
  const { userId, userGeneration } = outcome;
  if (outcome.stage === 'evaluated') book.cover(userId, userGeneration, outcome.systems[system] ?? null);
  else if (outcome.system === system) book.deliver(userId, { generation: outcome.accountGeneration, userGeneration, state: outcome.state, ...(outcome.failure && { failure: outcome.failure }) });
}

/** Outcomes fill a read model only: one that cannot be read is nobody's wish and is passed over. */
function outcomesOf(records: readonly IncomingRecord[]): readonly Outcome[] {
  return records.flatMap((record) => {
    try {
      return [parseRecord('outcome', record).value];
    } catch {
      return [];
    }
  });
}

export function readModelOf(parts: ProxyInboxParts, fill: (sql: Sql, batch: Batch) => Promise<void>): BatchHandler {
  const { database } = parts;
  const take = (batch: Batch): Promise<void> =>
    database.transaction(async (sql) => {
      await fill(sql, batch);
      await saveOffsets(sql, batch.consumer, batch.offsets);
    });
  return halving({
    // Another instance may have met the same person meanwhile: the second look sees it.
    take: (batch) => take(batch).catch((error: unknown) => (isUniqueViolation(error) ? take(batch) : Promise.reject(error))),
    bury: (record, error, batch) => bury(parts, { record, error, batch }),
    isConnectionError,
  });
}

interface Buried {
  readonly record: IncomingRecord;
  readonly error: unknown;
  readonly batch: Batch;
}

function bury({ database, consumer, topicPrefix, serviceVersion }: ProxyInboxParts, { record, error, batch }: Buried): Promise<void> {
  const at = new Date().toISOString();
  const correlationId = record.headers['ce_correlationid'] ?? '';
  return database.transaction(async (sql) => {
    await buryLetters(sql, [{ consumer, prefix: topicPrefix, original: record, failure: failureOf(error), attempts: 1, firstFailureAt: at, at, correlationId, serviceVersion }]);
    await saveOffsets(sql, batch.consumer, batch.offsets);
  });
}

type Seen = { readonly observedAccount: ObservedAccount; readonly entitlement: TargetEntitlement };

function sightOf<Id extends keyof Seen>(id: Id, record: IncomingRecord): Sight<Seen[Id]> {
  const key = record.key ?? '';
  if (!/^[0-9a-f]{64}$/.test(key)) throw new ClassifiedError({ kind: 'malformed', code: 'foreign-key', message: `The key of a record of ${TOPICS[id].pattern} is not a hash of system and id.` });
  if (record.value === null) return { system: systemOf(id, record.topic), key, generation: generationOf(record), value: null };
  const value = parseRecord(id, record).value as Seen[Id]; // the schema of this topic is the proof
  return { system: value.system, key, generation: value.generation, value };
}

function generationOf({ headers }: IncomingRecord): Generation {
  const generation = Number(headers[GENERATION_HEADER]);
  if (Number.isSafeInteger(generation) && generation > 0) return generation;
  throw new ClassifiedError({ kind: 'malformed', code: 'no-generation', message: `A tombstone needs its generation in the header ${GENERATION_HEADER}.` });
}

/** A tombstone names its system by its topic only. */
function systemOf(id: keyof Seen, topic: string): SystemName {
  const [before = '', after = ''] = TOPICS[id].pattern.split('<system>');
  const start = topic.indexOf(before) + before.length;
  return topic.slice(start, topic.length - after.length);
}

function bySystem<T>(sights: readonly Sight<T>[]): ReadonlyMap<SystemName, readonly Sight<T>[]> {
  return Map.groupBy(sights, ({ system }) => system);
}
