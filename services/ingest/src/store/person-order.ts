import type { PersonOrderKind, PersonOrderResult } from '@rolebridge/contracts';
import { appendOutbox, readEpoch, recordOrder } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import type { Intent } from '../decide/change.ts';
import { identityRecord } from '../decide/identity-record.ts';
import type { UserRow } from '../decide/user-row.ts';
import { WorkingSet } from '../decide/working-set.ts';
import type { InboxParts } from './inbox-parts.ts';
import { lookupOf } from './lookup.ts';
import { lockConcerned, saveUsers } from './users.store.ts';

/** An order about one person. `operator` comes from the credential (L29). */
export interface PersonToOrder {
  readonly userId: string;
  readonly kind: PersonOrderKind;
  readonly operator: string;
  readonly reason: string;
  readonly correlationId: string;
}

/** Name in causes: they name services, never persons; who it was stands in the record of orders. */
const BY = 'operator';

/**
 * Locks or unlocks a person as any identity system would, so it goes everywhere and first (L25), or sends the state again as it
 * is. Answers once it is committed; `unknown`, or `left` for somebody who is no longer here.
 */
export function orderPerson(parts: InboxParts, order: PersonToOrder): Promise<PersonOrderResult | 'unknown' | 'left'> {
  return parts.database.transaction(async (sql) => {
    const intent = intentOf(order);
    const rows = await lockConcerned(sql, lookupOf([intent], false));
    const row = rows.find(({ id }) => id === order.userId);
    if (row === undefined) return 'unknown';
    if (row.presence === 'absent' && order.kind !== 'republish') return 'left';
    const result = order.kind === 'republish' ? await sendAgain(sql, parts, row) : await change(sql, parts, { intent, rows });
    await recordOrder(sql, { order: order.kind, operator: order.operator, reason: order.reason, affected: result.changed ? 1 : 0, subjects: [order.userId] });
    return result;
  });
}

function intentOf({ userId, kind, correlationId }: PersonToOrder): Intent {
  return { userId, change: { kind: kind === 'unlock' ? 'unlock' : 'lock' }, by: BY, correlationId };
}

async function change(sql: Sql, { settings, newId, now }: InboxParts, { intent, rows }: { readonly intent: Intent; readonly rows: readonly UserRow[] }): Promise<PersonOrderResult> {
  const users = new WorkingSet(rows, { model: settings.model, epoch: await readEpoch(sql), now: now().toISOString(), newId }, settings);
  const decision = users.accept(intent);
  if (decision.kind === 'refused') throw decision.error;
  await saveUsers(sql, users.changed);
  await appendOutbox(sql, users.records);
  return decision.kind === 'changed' ? resultOf(decision.next, true) : resultOf(decision.row, false);
}

/** The same generation: readers who have it ignore it, whoever lost it takes it. */
async function sendAgain(sql: Sql, { settings }: InboxParts, row: UserRow): Promise<PersonOrderResult> {
  await appendOutbox(sql, [identityRecord(row, settings.statements, settings.userTopic)]);
  return resultOf(row, true);
}

function resultOf({ id, presence, generation }: UserRow, changed: boolean): PersonOrderResult {
  return { userId: id, presence, generation, changed };
}
