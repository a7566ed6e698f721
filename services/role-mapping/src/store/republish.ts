import { nextGeneration } from '@rolebridge/contracts';
import type { DesiredAccount, Republished, UserId } from '@rolebridge/contracts';
import { appendOutbox, readEpoch, recordOrder } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';

import { desiredAccountRecord } from '../decide/records.ts';
import { isScrubbed } from './erasure.ts';
import { loadAccounts, saveAccounts } from './assignment.repository.ts';

/** People of one call: short locks, so that single changes pass in between. */
const CHUNK = 500;

export interface RepublishOrder {
  /** One person; missing: everybody, part by part. */
  readonly userId?: UserId;
  readonly after?: string;
  readonly operator: string;
  readonly reason: string;
  readonly topicPrefix: string;
}

const NEXT = 'select user_id as "userId" from user_state where ($1::uuid is null or user_id > $1::uuid) and ($2::uuid is null or user_id = $2::uuid) order by user_id limit $3 for update';

/**
 * Emits accounts again as they were published, with the same generation, so that connectors who have it ignore it (L27). After the
 * epoch was raised each gets its first generation of the new epoch instead (L6).
 */
export function republish(database: Database, order: RepublishOrder): Promise<Republished> {
  return database.transaction(async (sql) => {
    const rows = await sql.query<{ userId: UserId }>(NEXT, [order.after ?? null, order.userId ?? null, CHUNK]);
    const people = rows.map(({ userId }) => userId);
    const published = await emit(sql, people, order);
    if (order.after === undefined) await record(sql, order, published);
    return { published, unsendable: 0, next: people.length < CHUNK ? null : (people.at(-1) ?? null) };
  });
}

/** The first call is the order for all that follow, so it counts everybody's accounts; what is left of erased people is among them, to tell it apart would mean reading every account. */
async function record(sql: Sql, { userId, operator, reason }: RepublishOrder, published: number): Promise<void> {
  const order = { order: 'republish', operator, reason };
  if (userId !== undefined) return recordOrder(sql, { ...order, affected: published, subjects: [userId] });
  const [row] = await sql.query<{ accounts: number }>('select count(*) as accounts from assignment');
  return recordOrder(sql, { ...order, affected: row?.accounts ?? 0, filter: { all: true } });
}

async function emit(sql: Sql, people: readonly UserId[], { topicPrefix }: RepublishOrder): Promise<number> {
  const first = nextGeneration(await readEpoch(sql), undefined);
  const at = new Date().toISOString();
  const before = [...(await loadAccounts(sql, people)).values()].flatMap((accounts) => [...accounts.values()]).filter((account) => !isScrubbed(account));
  const accounts = before.map((account) => inEpoch(account, first, at));
  const written = accounts.map((account) => ({ account, json: JSON.stringify(account) }));
  await saveAccounts(sql, written.filter((_, position) => accounts[position] !== before[position]));
  await appendOutbox(sql, written.map(({ account, json }) => desiredAccountRecord(account, json, { at, topicPrefix, serviceVersion: '' })));
  return accounts.length;
}

function inEpoch(account: DesiredAccount, first: number, at: string): DesiredAccount {
  if (account.generation >= first) return account;
  return { ...account, generation: first, cause: { ...account.cause, operation: 'republish', at } };
}
