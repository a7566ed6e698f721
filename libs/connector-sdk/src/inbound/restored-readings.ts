import { connectorConsumer, type DesiredAccount, type IncomingRecord, parseRecord, topicName } from '@rolebridge/contracts';
import { readOnce } from '@rolebridge/kafka';
import { type Database, isConnectionError, type Sql } from '@rolebridge/persistence';
import { replayTaker } from './replay-wishes.ts';
import type { RestoredOptions } from './restored-options.ts';
import { readWishes } from './take-wishes.ts';

/** The wishes of each person that the backup does not know as applied, oldest first: any of them may have been carried out since. */
export type OpenWishes = ReadonlyMap<string, readonly DesiredAccount[]>;

/** Takes every wish of a system from the topic. What the links know as applied stays as it is, so a job that died on its way finds the same again. */
export async function readWishesAgain({ database, kafka, topicPrefix }: RestoredOptions, system: string): Promise<OpenWishes> {
  const taker = replayTaker({ system, consumer: connectorConsumer(system), topicPrefix, serviceVersion: '', database, wake: () => undefined });
  const open = new Map<string, DesiredAccount[]>();
  const note = async (sql: Sql, wishes: readonly DesiredAccount[]): Promise<void> => {
    const applied = await appliedOf(sql, system, wishes);
    for (const wish of wishes.filter(({ userId, generation }) => generation > (applied.get(userId) ?? 0))) open.set(wish.userId, [...(open.get(wish.userId) ?? []), wish]);
  };
  const handler = (records: readonly IncomingRecord[]): Promise<void> =>
    database.transaction(async (sql) => {
      await note(sql, readWishes(records, system).good.map(({ desired }) => desired));
      await taker.take(sql, records);
    });
  await readOnce(kafka, { topic: topicName('desiredAccount', { system }, topicPrefix), handler });
  return open;
}

async function appliedOf(sql: Sql, system: string, wishes: readonly DesiredAccount[]): Promise<ReadonlyMap<string, number>> {
  const ids = [...new Set(wishes.map(({ userId }) => userId))];
  const rows = await sql.query<{ userId: string; applied: number | null }>('select user_id as "userId", applied from link where system = $1 and user_id = any($2::uuid[])', [system, ids]);
  return new Map(rows.map(({ userId, applied }) => [userId, applied ?? 0]));
}

/** What was told of somebody's account since the backup. */
export interface ToldAccount {
  /** Mark of the account that the person owns; `null`: none. */
  readonly owns: string | null;
  /** Mark of the last one that the person owned: whoever gave it up comes back to it (L20). */
  readonly had: string | null;
}

/** Whoever is missing was not worked for since the backup. */
export type ToldAccounts = ReadonlyMap<string, ToldAccount>;

/** Clocks of instances may differ by so much. */
const CLOCKS_MS = 60_000;

/** What the connector told after the backup, newest per person. */
export async function readTold({ database, kafka, topicPrefix }: RestoredOptions, system: string): Promise<ToldAccounts> {
  const told = new Map<string, ToldAccount>();
  const handler = (records: readonly IncomingRecord[]): Promise<void> => {
    for (const { userId, account } of records.flatMap((record) => accountsIn(record, system))) told.set(userId, { owns: account, had: account ?? told.get(userId)?.had ?? null });
    return Promise.resolve();
  };
  const timeMs = await takenAtMs(database);
  await readOnce(kafka, { topic: topicName('outcome', {}, topicPrefix), from: timeMs === undefined ? { kind: 'beginning' } : { kind: 'time', timeMs: timeMs - CLOCKS_MS }, handler });
  return told;
}

function accountsIn(record: IncomingRecord, system: string): readonly { readonly userId: string; readonly account: string | null }[] {
  const outcome = readOutcome(record);
  if (outcome?.stage !== 'delivered' || outcome.system !== system) return [];
  const { userId, account } = outcome;
  return account === undefined ? [] : [{ userId, account }];
}

function readOutcome(record: IncomingRecord): ReturnType<typeof parseRecord<'outcome'>>['value'] | undefined {
  try {
    return record.value === null ? undefined : parseRecord('outcome', record).value;
  } catch (error) {
    if (isConnectionError(error)) throw error;
    return undefined;
  }
}

/** Not later than the backup; this job leaves these times as they are. */
async function takenAtMs(database: Database): Promise<number | undefined> {
  const [row] = await database.query<{ ms: number | null }>('select floor(extract(epoch from max(last_success_at)) * 1000)::float8 as ms from link');
  return row?.ms ?? undefined;
}
