import { GENERATION_HEADER, type Generation, nextGeneration, type ObservedAccount, type OutgoingRecord, targetKey, type TargetEntitlement, toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import { appendOutbox, coalesce, type Database, readEpoch, type Sql } from '@rolebridge/persistence';
import { assignmentsAfter, contentHash, contentOf, type Owner } from '../decide/seen-record.ts';
import type { Assignment, SeenAccount, SeenEntitlement } from '../seen.ts';

/** A look at one account. */
export interface Look {
  /** `null`: looked for by id, and gone. */
  readonly seen: SeenAccount | null;
  readonly accountId: string;
  /** Looks of an attempt know whose account it is and what was applied; those of a scan find out. */
  readonly owner?: Owner;
  /** The account generation that was applied, where nobody owns the account any more: it ended. */
  readonly applied?: number;
}

export interface ObservedOptions {
  readonly database: Database;
  readonly system: string;
  readonly topicPrefix: string;
}

/** What targets show, told on topics whenever it differs from what was told before (design §3). */
export interface Observed {
  /** Looks made by attempts. */
  tell(looks: readonly Look[]): Promise<void>;
  /** A page of a scan: accounts that are being worked on since `since` are left to their attempts. */
  tellPage(page: readonly SeenAccount[], since: Date): Promise<void>;
  tellEntitlements(page: readonly SeenEntitlement[]): Promise<void>;
  /** What a complete scan since `since` did not meet is gone; `undefined` when that is too much to be believed. */
  tellGone(since: Date): Promise<number | undefined>;
}

interface Row {
  readonly key: string;
  readonly generation: number;
  readonly content: string | null;
  readonly assignments: readonly Assignment[];
  readonly seenAt: Date;
  /** Of an erased person: told again only when somebody owns it (L30). */
  readonly erased: boolean;
}

const MEET = `insert into observed_account (system, key, account_id) select $1, t.key, t.id from unnest($2::text[], $3::text[]) t(key, id) order by t.key on conflict do nothing`;
const LOCK = `select key, generation, content, assignments, seen_at as "seenAt", erased from observed_account where system = $1 and key = any($2::text[]) order by key for update`;
const STORE = `
update observed_account o set generation = t.generation, content = t.content, assignments = t.assignments, account_id = t.account_id, seen_at = now(), erased = false
  from jsonb_to_recordset($2::jsonb) as t(key text, generation bigint, content text, assignments jsonb, account_id text) where o.system = $1 and o.key = t.key`;
const OWNERS = `
select account_id as "accountId", user_id as "userId", applied, desired->'entitlements' as entitlements,
  state = 'applying' or updated_at >= $3 as busy
from link where system = $1 and owned and account_id = any($2::text[])`;

/** Believed without asking: so many, or this share of what was there. */
const GONE = { count: 10, share: 0.5 };

export function observed(options: ObservedOptions): Observed {
  const { database, system } = options;
  // Looks that end at about the same time share a transaction, as the attempts themselves do.
  const together = coalesce<Look, undefined>(async (looks) => {
    await database.transaction((sql) => tell(sql, looks, options));
    return looks.map(() => undefined);
  });
  return {
    async tell(looks) {
      await Promise.all(looks.map(together));
    },
    tellPage: (page, since) =>
      database.transaction(async (sql) => {
        const ids = page.map(({ accountId }) => accountId);
        const owners = await sql.query<Owner & { accountId: string; busy: boolean }>(OWNERS, [system, ids, since]);
        const byAccount = new Map(owners.map((owner) => [owner.accountId, owner]));
        const looks = page.filter(({ accountId }) => byAccount.get(accountId)?.busy !== true).map((seen): Look => lookAt(seen, byAccount.get(seen.accountId)));
        await tell(sql, looks, options, since);
        await touch(sql, system, ids);
      }),
    tellEntitlements: (page) => database.transaction((sql) => tellEntitlements(sql, page, options)),
    tellGone: (since) => database.transaction((sql) => tellGone(sql, since, options)),
  };
}

function lookAt(seen: SeenAccount, owner: Owner | undefined): Look {
  return { seen, accountId: seen.accountId, ...(owner && { owner: { userId: owner.userId, applied: owner.applied, entitlements: owner.entitlements } }) };
}

async function touch(sql: Sql, system: string, accountIds: readonly string[]): Promise<void> {
  const keys = accountIds.map((id) => targetKey(system, id));
  await sql.query('update observed_account set seen_at = now() where system = $1 and key = any($2::text[])', [system, keys]);
}

/** @param since a page that was read then must not replace what an attempt has told since */
async function tell(sql: Sql, looks: readonly Look[], options: ObservedOptions, since?: Date): Promise<void> {
  if (looks.length === 0) return;
  const { system } = options;
  const byKey = new Map(looks.map((look) => [targetKey(system, look.accountId), look]));
  await sql.query(MEET, [system, [...byKey.keys()], [...byKey.values()].map(({ accountId }) => accountId)]);
  const rows = await sql.query<Row>(LOCK, [system, [...byKey.keys()]]);
  const epoch = await readEpoch(sql);
  const open = rows.filter(({ erased, key }) => !erased || byKey.get(key)?.owner !== undefined);
  const older = open.filter(({ content, seenAt }) => since === undefined || content === null || seenAt < since);
  const told = older.flatMap((row) => next(row, byKey.get(row.key), epoch));
  await sql.query(STORE, [system, JSON.stringify(told.map(({ key, generation, content, assignments }) => ({ key, generation, content, assignments, account_id: byKey.get(key)?.accountId })))]);
  const at = new Date().toISOString();
  await appendOutbox(sql, told.flatMap((one) => (one.changed ? [accountRecord(one, at, options)] : [])));
}

interface Told extends Omit<Row, 'seenAt' | 'erased'> {
  readonly changed: boolean;
  readonly value: Omit<ObservedAccount, 'system' | 'at' | 'generation'> | null;
}

function next(row: Row, look: Look | undefined, epoch: number): readonly Told[] {
  if (look === undefined) return [];
  const assignments = look.seen === null ? [] : assignmentsAfter(row.content === null ? [] : row.assignments, look.seen);
  const value = look.seen === null ? null : contentOf(look.seen, assignments, look);
  const content = value === null ? null : contentHash(value);
  const changed = content !== row.content;
  return [{ key: row.key, assignments, content, value, changed, generation: changed ? nextGeneration(epoch, row.generation) : row.generation }];
}

function accountRecord({ key, generation, value }: Told, at: string, { system, topicPrefix }: ObservedOptions): OutgoingRecord {
  const record: ObservedAccount | null = value === null ? null : { system, generation, ...value, at };
  return recordOf({ topic: topicName('observedAccount', { system }, topicPrefix), type: TOPICS.observedAccount.eventType, key, generation, at, system }, record);
}

interface Envelope {
  readonly topic: string;
  readonly type: string;
  readonly key: string;
  readonly generation: Generation;
  readonly at: string;
  readonly system: string;
}

function recordOf({ topic, type, key, generation, at, system }: Envelope, value: object | null): OutgoingRecord {
  const id = `${type}/${system}/${key}/${generation}`;
  const headers = toHeaders({ id, source: `/rolebridge/connector/${system}`, type, subject: key, time: at, correlationid: id });
  return { topic, key, value: value === null ? null : JSON.stringify(value), headers: { ...headers, [GENERATION_HEADER]: String(generation) } };
}

async function tellEntitlements(sql: Sql, page: readonly SeenEntitlement[], options: ObservedOptions): Promise<void> {
  if (page.length === 0) return;
  const { system } = options;
  const byKey = new Map(page.map((one) => [targetKey(system, one.id), one]));
  const keys = [...byKey.keys()];
  await sql.query('insert into observed_entitlement (system, key) select $1, key from unnest($2::text[]) key order by key on conflict do nothing', [system, keys]);
  const rows = await sql.query<Row>('select key, generation, content from observed_entitlement where system = $1 and key = any($2::text[]) order by key for update', [system, keys]);
  const epoch = await readEpoch(sql);
  const at = new Date().toISOString();
  const changed = rows.flatMap((row) => {
    const seen = byKey.get(row.key);
    const content = contentHash(seen);
    return seen === undefined || content === row.content ? [] : [{ key: row.key, content, generation: nextGeneration(epoch, row.generation), seen }];
  });
  await sql.query(
    `update observed_entitlement o set generation = t.generation, content = t.content from jsonb_to_recordset($2::jsonb) as t(key text, generation bigint, content text) where o.system = $1 and o.key = t.key`,
    [system, JSON.stringify(changed.map(({ key, content, generation }) => ({ key, content, generation })))],
  );
  await sql.query('update observed_entitlement set seen_at = now() where system = $1 and key = any($2::text[])', [system, keys]);
  const topic = topicName('entitlement', { system }, options.topicPrefix);
  await appendOutbox(sql, changed.map(({ key, generation, seen }) => recordOf({ topic, type: TOPICS.entitlement.eventType, key, generation, at, system }, { system, generation, ...seen, at } satisfies TargetEntitlement)));
}

async function tellGone(sql: Sql, since: Date, options: ObservedOptions): Promise<number | undefined> {
  const accounts = await goneOf(sql, 'observed_account', since, options.system);
  const entitlements = await goneOf(sql, 'observed_entitlement', since, options.system);
  if (accounts === undefined || entitlements === undefined) return undefined;
  const at = new Date().toISOString();
  const { system, topicPrefix } = options;
  const tombstones = (id: 'observedAccount' | 'entitlement', gone: readonly Gone[]) =>
    gone.map(({ key, generation }) => recordOf({ topic: topicName(id, { system }, topicPrefix), type: TOPICS[id].eventType, key, generation, at, system }, null));
  await end(sql, 'observed_account', accounts, system);
  await end(sql, 'observed_entitlement', entitlements, system);
  await appendOutbox(sql, [...tombstones('observedAccount', accounts), ...tombstones('entitlement', entitlements)]);
  return accounts.length + entitlements.length;
}

interface Gone {
  readonly key: string;
  readonly generation: number;
}

type Table = 'observed_account' | 'observed_entitlement';

/** A target that answers with far fewer than before has more likely forgotten a page, or is another one, than lost its people. */
async function goneOf(sql: Sql, table: Table, since: Date, system: string): Promise<readonly Gone[] | undefined> {
  const rows = await sql.query<Gone>(`select key, generation from ${table} where system = $1 and content is not null and seen_at < $2 order by key for update`, [system, since]);
  const [all] = await sql.query<{ n: number }>(`select count(*)::int as n from ${table} where system = $1 and content is not null`, [system]);
  if (rows.length > Math.max(GONE.count, (all?.n ?? 0) * GONE.share)) return undefined;
  const epoch = await readEpoch(sql);
  return rows.map(({ key, generation }) => ({ key, generation: nextGeneration(epoch, generation) }));
}

async function end(sql: Sql, table: Table, gone: readonly Gone[], system: string): Promise<void> {
  if (gone.length === 0) return;
  await sql.query(
    `update ${table} o set generation = t.generation, content = null from jsonb_to_recordset($2::jsonb) as t(key text, generation bigint) where o.system = $1 and o.key = t.key`,
    [system, JSON.stringify(gone)],
  );
}
