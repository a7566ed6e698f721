import { nextGeneration } from '@rolebridge/contracts';
import type { OutgoingRecord } from '@rolebridge/contracts';
import { appendOutbox, readEpoch, recordOrder } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import { groupRecord } from '../decide/group-record.ts';
import { identityRecord } from '../decide/identity-record.ts';
import type { UserRow } from '../decide/user-row.ts';
import { repeatTombstones } from './erasure.store.ts';
import { lockNextGroups, saveGroup } from './groups.store.ts';
import type { InboxParts } from './inbox-parts.ts';
import { isUuid, lockNext, saveUsers } from './users.store.ts';

/** Rows of one call: short locks, so that single changes pass in between. */
const CHUNK = 500;
/** Where to go on once every user went: with the groups. */
const GROUPS = 'groups';

export interface Republished {
  readonly published: number;
  /** People whose event cannot be sent; their settings or data must change first. */
  readonly unsendable: number;
  /** Where to go on; `null` at the end. */
  readonly next: string | null;
}

export interface RepublishCause {
  readonly correlationId: string;
  /** Who orders it, and why (L29); missing where no operator does. */
  readonly order?: { readonly by: string; readonly reason: string };
}

/** Whether a call can go on there. */
export function isPlace(after: string): boolean {
  return isUuid(after) || after === GROUPS || isUuid(groupIn(after) ?? '');
}

/**
 * Sends the next users' state again, then the groups', with the same generation, so that readers who have it ignore it (L27). After the epoch
 * was raised each gets its first generation of the new epoch instead (L6). The first call of an operator is recorded as the order.
 */
export function republishNext(parts: InboxParts, after: string | undefined, { correlationId, order }: RepublishCause): Promise<Republished> {
  return parts.database.transaction(async (sql) => {
    const cause = { by: 'operator', correlationId, operation: 'republish', at: parts.now().toISOString() } as const;
    if (after === undefined && order !== undefined) await recordOrder(sql, { order: 'republish', operator: order.by, reason: order.reason, affected: await countAll(sql), filter: { all: true } });
    const group = after === GROUPS ? '' : groupIn(after);
    return group === undefined ? republishUsers(sql, parts, { after, cause }) : republishGroups(sql, parts, { after: group === '' ? undefined : group, cause });
  });
}

function groupIn(after: string | undefined): string | undefined {
  return after?.startsWith(`${GROUPS}:`) ? after.slice(GROUPS.length + 1) : undefined;
}

async function countAll(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>('select (select count(*) from users) + (select count(*) from groups) as count');
  return row?.count ?? 0;
}

interface Part {
  readonly after: string | undefined;
  readonly cause: UserRow['cause'];
}

async function republishUsers(sql: Sql, parts: InboxParts, { after, cause }: Part): Promise<Republished> {
  const rows = await lockNext(sql, after, CHUNK);
  const current = await inEpoch(sql, rows, cause);
  const records = current.flatMap((row) => recordOf(row, parts));
  await repeatTombstones(sql, rows.map(({ id }) => id));
  await appendOutbox(sql, records);
  return { published: records.length, unsendable: current.length - records.length, next: rows.length < CHUNK ? GROUPS : (rows.at(-1)?.id ?? GROUPS) };
}

async function republishGroups(sql: Sql, { settings }: InboxParts, { after, cause }: Part): Promise<Republished> {
  const first = nextGeneration(await readEpoch(sql), undefined);
  const rows = await lockNextGroups(sql, after, CHUNK);
  const current = rows.map((row) => (row.generation < first ? { ...row, generation: first, cause } : row));
  for (const [at, row] of current.entries()) if (row !== rows[at]) await saveGroup(sql, row);
  await appendOutbox(sql, current.map((row) => groupRecord(row, settings.groupTopic)));
  const last = rows.length < CHUNK ? undefined : rows.at(-1)?.id;
  return { published: current.length, unsendable: 0, next: last === undefined ? null : `${GROUPS}:${last}` };
}

async function inEpoch(sql: Sql, rows: readonly UserRow[], cause: UserRow['cause']): Promise<readonly UserRow[]> {
  const first = nextGeneration(await readEpoch(sql), undefined);
  const current = rows.map((row) => (row.generation < first ? { ...row, generation: first, cause } : row));
  await saveUsers(sql, current.filter((row, at) => row !== rows[at]));
  return current;
}

function recordOf(row: UserRow, { settings }: InboxParts): readonly OutgoingRecord[] {
  try {
    return [identityRecord(row, settings.statements, settings.userTopic)];
  } catch (error) {
    if (error instanceof ScimError) return [];
    throw error;
  }
}
