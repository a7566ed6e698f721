import { ClassifiedError, type DesiredAccount, GENERATION_HEADER, type IncomingRecord, parseRecord } from '@rolebridge/contracts';
import { type Batch, type BatchHandler, foldNewest, halving } from '@rolebridge/kafka';
import { buryLetters, isConnectionError, saveOffsets } from '@rolebridge/persistence';
import { wishOfTombstone } from '../decide/erased-wish.ts';
import { bury, letterOf, type Undertaker } from './bury.ts';
import { storeWishes, type Wish } from '../store/inbox.ts';

export interface WishTaker extends Undertaker {
  /** New wishes are stored. */
  readonly wake: () => void;
}

export interface WishRecord extends IncomingRecord {
  readonly desired: DesiredAccount;
}

/**
 * Takes wishes from the topic: newest per person into the links, malformed ones to the dead letters, offsets beside them, all in
 * one transaction (L1, L3, L4). Nothing else happens here, so a slow or dead target never slows the consumer.
 */
export function takeWishes(taker: WishTaker): BatchHandler {
  return halving({ take: (batch) => take(batch, taker), bury: (record, error, batch) => bury(record, error, batch, taker), isConnectionError });
}

async function take(batch: Batch, taker: WishTaker): Promise<void> {
  const parsed = readWishes(batch.records, taker.system);
  const wishes = foldNewest(parsed.good, ({ desired }) => desired.generation).map(wishOf);
  const letters = parsed.bad.map(([record, error]) => letterOf(record, error, taker));
  const news = await taker.database.transaction(async (sql) => {
    const stored = await storeWishes(sql, taker.system, wishes);
    await buryLetters(sql, letters);
    await saveOffsets(sql, batch.consumer, batch.offsets);
    return stored;
  });
  if (news > 0) taker.wake();
}

export function wishOf({ desired, topic, partition, offset, timestamp }: WishRecord): Wish {
  return { desired, origin: { topic, partition, offset, timestamp } };
}

/** The wishes among records of a system's topic, and the records that are none. A tombstone follows an erasure and says the same, to who missed it. */
export function readWishes(records: readonly IncomingRecord[], system: string): { readonly good: readonly WishRecord[]; readonly bad: readonly (readonly [IncomingRecord, unknown])[] } {
  const good: WishRecord[] = [];
  const bad: (readonly [IncomingRecord, unknown])[] = [];
  for (const record of records) {
    try {
      good.push(...wishesIn(record, system).map((desired) => ({ ...record, desired })));
    } catch (error) {
      bad.push([record, error]);
    }
  }
  return { good, bad };
}

function wishesIn(record: IncomingRecord, system: string): readonly DesiredAccount[] {
  return record.value === null ? erasureOf(record, system) : [parseWish(record, system)];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The last wish that a tombstone repeats, under the same generation; other tombstones say nothing. */
function erasureOf({ key, headers }: IncomingRecord, system: string): readonly DesiredAccount[] {
  const generation = Number(headers[GENERATION_HEADER]);
  if (key === null || !UUID.test(key) || !Number.isSafeInteger(generation) || generation < 1) return [];
  const { ce_time: at = new Date(0).toISOString(), ce_correlationid: correlationId = '' } = headers;
  return [wishOfTombstone({ system, userId: key, generation, at, correlationId })];
}

function parseWish(record: IncomingRecord, system: string): DesiredAccount {
  const desired = parseRecord('desiredAccount', record).value;
  if (record.key !== desired.userId) {
    throw new ClassifiedError({ kind: 'malformed', code: 'foreign-key', field: 'userId', message: 'The key of the record is not the user id of the wish.' });
  }
  if (desired.system !== system) {
    throw new ClassifiedError({ kind: 'malformed', code: 'foreign-system', field: 'system', message: 'The wish names another system than the topic it stands on.' });
  }
  return desired;
}
