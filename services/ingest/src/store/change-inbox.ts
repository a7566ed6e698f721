import { failureOf } from '@rolebridge/contracts';
import { halving } from '@rolebridge/kafka';
import type { Batch, BatchHandler } from '@rolebridge/kafka';
import { buryLetters, isConnectionError, isUniqueViolation, saveOffsets } from '@rolebridge/persistence';
import type { Sql } from '@rolebridge/persistence';
import type { EventFate, InboxParts } from './inbox-parts.ts';
import { letterOf } from './letters-of-batch.ts';
import type { Found } from './letters-of-batch.ts';
import { takeRecords } from './take-records.ts';

/**
 * Takes effect of batches of `idm.user-change.v1`: users, lines, waiting deltas, event ids, dead letters and offsets in one transaction
 * (L4). One bad record stops nobody (L3).
 */
export function changeInbox(parts: InboxParts): BatchHandler {
  const take = async (batch: Batch): Promise<void> => {
    const told = await parts.database.transaction((sql) => takeIn(sql, parts, batch));
    told.forEach(parts.onFate);
  };
  return halving({
    // Another instance may have taken a login meanwhile: the second look sees it.
    take: (batch) => take(batch).catch((error: unknown) => (isUniqueViolation(error) ? take(batch) : Promise.reject(error))),
    bury: (record, error, batch) => bury(parts, { record, failure: failureOf(error) }, batch),
    isConnectionError,
  });
}

async function bury(parts: InboxParts, found: Found, batch: Batch): Promise<void> {
  await parts.database.transaction(async (sql) => {
    await buryLetters(sql, [letterOf(parts, found)]);
    await saveOffsets(sql, batch.consumer, batch.offsets);
  });
  parts.onFate('refused');
}

async function takeIn(sql: Sql, parts: InboxParts, batch: Batch): Promise<readonly EventFate[]> {
  const outcomes = await takeRecords(sql, parts, batch.records);
  await saveOffsets(sql, batch.consumer, batch.offsets);
  return outcomes.map(({ fate }) => fate);
}
