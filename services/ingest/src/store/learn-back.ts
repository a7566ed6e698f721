import { eventMark, GENERATIONS_PER_EPOCH, parseRecord } from '@rolebridge/contracts';
import type { IdentityUser, IncomingRecord } from '@rolebridge/contracts';
import { isConnectionError } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { learnedRow } from '../decide/learned-row.ts';
import type { SourceEvent } from '../decide/source-event.ts';
import { lockConcerned, saveUsers } from './users.store.ts';

/** What the topic knows and an older table does not. */
export interface Newer {
  /** The newest state of everybody who was accepted or changed since. */
  readonly users: ReadonlyMap<string, IdentityUser>;
  /** Which person a change event was about, by the event's mark. */
  readonly traces: ReadonlyMap<string, string>;
  /** The highest epoch in which somebody may have seen generations. */
  readonly epoch: number;
}

/** Collects what is newer than the table, record by record of `identity.user.v1`. */
export class NewerUsers implements Newer {
  readonly users = new Map<string, IdentityUser>();
  readonly traces = new Map<string, string>();
  #highest = 0;

  get epoch(): number {
    return Math.floor(this.#highest / GENERATIONS_PER_EPOCH);
  }

  async add(sql: Sql, records: readonly IncomingRecord[]): Promise<void> {
    const told = records.flatMap(readUser);
    const stored = await generationsOf(sql, told.map(({ id }) => id));
    for (const user of told) {
      this.#highest = Math.max(this.#highest, user.generation);
      if (user.cause.event !== undefined) this.traces.set(user.cause.event, user.id);
      if (user.generation <= (stored.get(user.id) ?? 0)) continue;
      if (user.generation > (this.users.get(user.id)?.generation ?? 0)) this.users.set(user.id, user);
    }
  }
}

/** What cannot be read was refused by every reader, and is known to them from their dead letters. */
function readUser(record: IncomingRecord): readonly IdentityUser[] {
  if (record.value === null) return [];
  try {
    return [parseRecord('user', record).value];
  } catch (error) {
    if (isConnectionError(error)) throw error;
    return [];
  }
}

async function generationsOf(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ id: string; generation: number }>('select id, generation from users where id = any($1::uuid[])', [ids]);
  return new Map(rows.map(({ id, generation }) => [id, generation]));
}

/** Logins move between people: none of the old ones may be in the way of a new one. */
const GIVE_UP_LOGINS = `update users set user_name_key = 'restored ' || id where id = any($1::uuid[]) and presence in ('active', 'disabled')`;
const ERASE = `
  update users set presence = 'erased', external_id = null, employee_number = null, user_uuid = null, user_name_key = id::text,
    resource = jsonb_build_object('userName', id::text), requested = '{}', member_of = null where id = any($1::uuid[])`;
const CHUNK = 500;

/** Takes people back as the topic tells them, in one transaction. */
export async function takeBack(database: Database, { users }: Newer): Promise<number> {
  if (users.size === 0) return 0;
  await database.transaction(async (sql) => {
    const ids = [...users.keys()];
    const held = new Map((await lockConcerned(sql, { ids, userNames: [], returning: [] })).map((row) => [row.id, row]));
    const ours = new Set((await sql.query<{ id: string }>('select id from groups')).map(({ id }) => id));
    await sql.query(GIVE_UP_LOGINS, [ids]);
    const rows = [...users.values()].map((user) => learnedRow(user, held.get(user.id), ours));
    for (let at = 0; at < rows.length; at += CHUNK) await saveUsers(sql, rows.slice(at, at + CHUNK));
    await sql.query(ERASE, [[...users.values()].filter(({ presence }) => presence === 'erased').map(({ id }) => id)]);
  });
  return users.size;
}

/** What to do with the events that were worked after the backup: whose lines they are, and which had no effect yet. */
export interface Gap {
  readonly lines: readonly { readonly key: string; readonly source: string; readonly userId: string; readonly lastSequence: number | null }[];
  readonly again: readonly IncomingRecord[];
}

/**
 * PURE. An event whose trace stands in somebody's state was worked, and so was everything before it in its line. What comes after
 * the last of them waited or was refused: it is worked again.
 */
export function gapOf(events: readonly SourceEvent[], { traces }: Pick<Newer, 'traces'>): Gap {
  const userOf = ({ source, id }: SourceEvent) => traces.get(eventMark(source, id));
  const lines = [...Map.groupBy(events, ({ key }) => key)].map(([key, told]) => {
    const line = inOrder(told);
    const last = line.findLastIndex((event) => userOf(event) !== undefined);
    const worked = line.slice(0, last + 1);
    const sequences = worked.flatMap(({ sequence }) => sequence ?? []);
    return { key, source: line[0]?.source ?? '', userId: worked.map(userOf).findLast((id) => id !== undefined), lastSequence: sequences.length > 0 ? Math.max(...sequences) : null, rest: line.slice(last + 1) };
  });
  return {
    lines: lines.flatMap(({ userId, key, source, lastSequence }) => (userId === undefined ? [] : [{ userId, key, source, lastSequence }])),
    again: lines.flatMap(({ rest }) => rest.map(({ record }) => record)),
  };
}

/** As the source numbered them, otherwise as they came. One that is repeated behind newer ones says nothing about those. */
function inOrder(line: readonly SourceEvent[]): readonly SourceEvent[] {
  const once = new Map(line.toReversed().map((event) => [event.id, event]));
  return line.filter((event) => once.get(event.id) === event).toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
}

const SAVE_LINES = `
  insert into source_identity as held (source_key, source, user_id, last_sequence)
  select key, source, user_id, last_sequence from jsonb_to_recordset($1::jsonb) as t (key text, source text, user_id uuid, last_sequence bigint) order by key
  on conflict (source_key) do update set user_id = excluded.user_id, last_sequence = greatest(held.last_sequence, excluded.last_sequence)`;

/** Which of our people the records of event sources are, and how far their changes were worked. */
export async function saveWorkedLines(sql: Sql, lines: Gap['lines']): Promise<void> {
  const rows = lines.map(({ userId, lastSequence, ...rest }) => ({ ...rest, user_id: userId, last_sequence: lastSequence }));
  if (rows.length > 0) await sql.query(SAVE_LINES, [JSON.stringify(rows)]);
}
