import { parseRecord, type RedriveCommand } from '@rolebridge/contracts';
import { type Batch, type BatchHandler, halving } from '@rolebridge/kafka';
import { isConnectionError, saveOffsets, type Sql } from '@rolebridge/persistence';
import { redriveLink } from '../store/redrive.ts';
import { bury } from './bury.ts';
import type { WishTaker } from './take-wishes.ts';

const DONE = 'insert into command_done (id) values ($1) on conflict do nothing returning id';

/** Observe and plan again, also what counts as applied; unreadable targets are sent to again because the picture counts as unsure. */
const REAPPLY = `
update link set state = 'pending', attempt = 0, redrives = redrives + 1, not_before = greatest(now(), settle_until), priority = 9,
  attempted = case when attempted = '[]'::jsonb and last_applied is not null then jsonb_build_array(last_applied) else attempted end
where system = $1 and user_id = $2::uuid and newest_seen >= $3 and state not in ('applying', 'held')
returning user_id`;

const CARRY_OUT: Readonly<Record<RedriveCommand['kind'], (sql: Sql, command: RedriveCommand) => Promise<unknown>>> = {
  redrive: redriveLink,
  reapply: (sql, { system, userId, minGeneration }) => sql.query(REAPPLY, [system, userId, minGeneration]),
};

/**
 * Takes commands from `<consumer>.retry.v1`: each id once, none after its expiry. A command that is ahead of its inbox needs nothing
 * more: the wish it names makes the row due by itself when it arrives.
 */
export function takeCommands(taker: WishTaker): BatchHandler {
  return halving({
    take: (batch) => take(batch, taker),
    bury: (record, error, batch) => bury(record, error, batch, taker),
    isConnectionError,
  });
}

async function take(batch: Batch, taker: WishTaker): Promise<void> {
  await taker.database.transaction(async (sql) => {
    for (const record of batch.records) if (record.value !== null) await carryOut(sql, parseRecord('retry', record).value, taker);
    await saveOffsets(sql, batch.consumer, batch.offsets);
  });
  taker.wake();
}

async function carryOut(sql: Sql, command: RedriveCommand, taker: WishTaker): Promise<void> {
  if (command.system !== taker.system || Date.parse(command.expiresAt) < Date.now()) return;
  if ((await sql.query(DONE, [command.id])).length === 0) return;
  await CARRY_OUT[command.kind](sql, command);
}
