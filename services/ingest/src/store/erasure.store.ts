import { nextGeneration } from '@rolebridge/contracts';
import type { Cause, Generation, Presence, UserId } from '@rolebridge/contracts';
import { appendOutbox, PUBLISHED_UNTIL, readEpoch } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { refusalOf } from '../decide/answer.ts';
import { erasedRecord, tombstone } from '../decide/erased-user.ts';
import { ScimError } from '@rolebridge/scim';
import { eraseLines, lockLinesOf } from './erased-lines.ts';

export interface ErasureSettings {
  /** From leaving to erasure, milliseconds: until then a returning person keeps the id. */
  readonly eraseAfterMs: number;
  /** From erasure to tombstone, milliseconds; longer than a segment of the topic stays open. */
  readonly tombstoneAfterMs: number;
  /** How long answers are kept for callers who ask again. */
  readonly idempotencyHours: number;
  readonly userTopic: string;
}

export interface ErasureParts {
  readonly database: Database;
  readonly settings: ErasureSettings;
  readonly now: () => Date;
}

/** People of one transaction: short locks, so that single changes pass in between. */
const CHUNK = 500;

const DUE = `select id from users where presence = 'absent' and modified_at <= now() - $1 * interval '1 millisecond' order by modified_at limit $2`;

/** Erases the next people whose time has come; how many. */
export function eraseDue(parts: ErasureParts, correlationId: string): Promise<number> {
  const { database, settings, now } = parts;
  return database.transaction(async (sql) => {
    const due = await sql.query<{ id: UserId }>(DUE, [settings.eraseAfterMs, CHUNK]);
    const cause: Cause = { operation: 'time', at: now().toISOString(), by: 'ingest', correlationId };
    return (await eraseIn(sql, parts, { ids: due.map(({ id }) => id), leftForMs: settings.eraseAfterMs, cause })).length;
  });
}

export interface Erased {
  readonly id: UserId;
  readonly generation: Generation;
}

export interface Erasing {
  readonly ids: readonly UserId[];
  /** Only who left at least so long ago, milliseconds. */
  readonly leftForMs: number;
  readonly cause: Cause;
}

const LOCK = `
  select id, generation from users
  where id = any($1::uuid[]) and presence = 'absent' and modified_at <= now() - $2 * interval '1 millisecond' order by id for update`;

const ERASE = `
  update users u set generation = t.generation, presence = 'erased', user_name_key = u.id::text, external_id = null, employee_number = null, user_uuid = null,
    resource = jsonb_build_object('userName', u.id::text, 'active', false), requested = '{}', member_of = null, cause = $3::jsonb, modified_at = $4::timestamptz,
    erased_at = now(), tombstone_due_at = 'infinity'
  from unnest($1::uuid[], $2::bigint[]) as t (id, generation) where u.id = t.id`;

/** Erases those of these people who have left and not returned meanwhile: row, lines, waiting deltas, answers, dead letters; publishes their last state. */
export async function eraseIn(sql: Sql, { settings }: Pick<ErasureParts, 'settings'>, { ids, leftForMs, cause }: Erasing): Promise<readonly Erased[]> {
  if (ids.length === 0) return [];
  await lockLinesOf(sql, ids);
  const left = await sql.query<Erased>(LOCK, [ids, leftForMs]);
  if (left.length === 0) return [];
  const epoch = await readEpoch(sql);
  const erased = left.map(({ id, generation }): Erased => ({ id, generation: nextGeneration(epoch, generation) }));
  const gone = erased.map(({ id }) => id);
  const keys = await eraseLines(sql, gone);
  await sql.query(ERASE, [gone, erased.map(({ generation }) => generation), JSON.stringify(cause), cause.at]);
  await eraseBeside(sql, gone, keys);
  if (settings.idempotencyHours * 3_600_000 >= leftForMs) await emptyAnswers(sql, gone);
  await appendOutbox(sql, erased.map((one) => erasedRecord({ ...one, cause }, settings.userTopic)));
  return erased;
}

/** What else tells of these people. `$1`: their ids, `$2`: the keys that their lines had. */
const BESIDE = [
  'delete from dead_letter where user_id = any($1::uuid[]) or line = any($2::text[])',
  'delete from outbox_aside where key = any($1::uuid[]::text[]) or key = any($2::text[])',
  'delete from old_path_id where user_id = any($1::uuid[]) and $2::text[] is not null',
  'delete from group_member where member_id = any($1::uuid[]) and $2::text[] is not null',
  // The numbers stay, so that older observations that are read again bring nothing back.
  `update proxy_account set observed = null, delivered = null, overlay = null, overlay_generation = null, view = null, user_name_key = null, email_key = null, display_key = null,
    members_of = '{}', modified_at = now() where user_id = any($1::uuid[]) and $2::text[] is not null`,
];

async function eraseBeside(sql: Sql, ids: readonly UserId[], keys: readonly string[]): Promise<void> {
  for (const statement of BESIDE) await sql.query(statement, [ids, keys]);
}

/** The key of a delivery stays: a caller who repeats a request must not bring the person back. */
const EMPTY_ANSWERS = `update idempotency set answer = $2::jsonb where answer->'row'->>'id' = any($1::uuid[]::text[])`;
const GONE = refusalOf(ScimError.plain(404, 'There is no user with this id.'));

async function emptyAnswers(sql: Sql, ids: readonly UserId[]): Promise<void> {
  await sql.query(EMPTY_ANSWERS, [ids, JSON.stringify(GONE)]);
}

/** The time counts from when the last state stood on the topic for sure: only then the segment in which it stands is known to be old enough. */
const ARM = `
  update users set tombstone_due_at = now() + $1 * interval '1 millisecond' where id in (
    select id from users where tombstone_due_at = 'infinity' and erased_at < ${PUBLISHED_UNTIL} limit $2 for update skip locked)`;

const TOMBSTONES = `
  update users set tombstone_due_at = null where id in (
    select id from users where tombstone_due_at <= now() order by tombstone_due_at limit $1 for update skip locked)
  returning id, generation`;

/** Writes the tombstones whose time has come; how many. */
export function writeTombstones({ database, settings, now }: ErasureParts, correlationId: string): Promise<number> {
  return database.transaction(async (sql) => {
    await sql.query(ARM, [settings.tombstoneAfterMs, CHUNK]);
    const due = await sql.query<Erased>(TOMBSTONES, [CHUNK]);
    const at = now().toISOString();
    await appendOutbox(sql, due.map((one) => tombstone(one, { at, correlationId }, settings.userTopic)));
    return due.length;
  });
}

const NEXT_DUE = `
  select (extract(epoch from least(
    (select min(modified_at) from users where presence = 'absent') + $1 * interval '1 millisecond',
    (select min(tombstone_due_at) from users where tombstone_due_at < 'infinity'),
    (select now() from users where tombstone_due_at = 'infinity' and erased_at < ${PUBLISHED_UNTIL} limit 1)) - now()) * 1000)::float8 as ms`;

const REPEAT = `update users set tombstone_due_at = 'infinity' where id = any($1::uuid[]) and presence = 'erased'`;

/** Those of these people who are erased are told again, so their tombstones follow again. */
export async function repeatTombstones(sql: Sql, ids: readonly UserId[]): Promise<void> {
  await sql.query(REPEAT, [ids]);
}

/** Milliseconds until somebody is due; `undefined`: nobody. */
export async function nextErasureInMs({ database, settings }: ErasureParts): Promise<number | undefined> {
  return (await database.query<{ ms: number | null }>(NEXT_DUE, [settings.eraseAfterMs]))[0]?.ms ?? undefined;
}

/** How somebody stands, for who orders an erasure. */
export async function presenceOf(sql: Sql, id: UserId): Promise<Presence | 'erased' | undefined> {
  return (await sql.query<{ presence: Presence | 'erased' }>('select presence from users where id = $1::uuid', [id]))[0]?.presence;
}
