import { randomUUID } from 'node:crypto';
import { connectorConsumer, type DesiredAccount, type IncomingRecord, topicName } from '@rolebridge/contracts';
import type { Kafka } from '@rolebridge/kafka';
import type { System } from '@rolebridge/landscape';
import { ConfigurationError, type Logger } from '@rolebridge/observability';
import { type Database, isServed, offsetStore, type Sql } from '@rolebridge/persistence';
import { withAttempt } from '../decide/attempted.ts';
import type { Connector, LinkView } from '../port.ts';
import { startReapply } from '../store/reapply.ts';
import { replayTaker } from './replay-wishes.ts';
import { patiently } from './patiently.ts';
import { readWishes, type WishRecord } from './take-wishes.ts';

interface Part {
  readonly system: System;
  readonly connector: Connector<object, unknown>;
}

export interface RestoredOptions {
  readonly systems: readonly Part[];
  readonly database: Database;
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  readonly log: Logger;
  /** How long a target that does not answer is asked again, milliseconds; default two minutes. */
  readonly patienceMs?: number;
}

/** What the job did at one system. */
export interface RestoredSystem {
  readonly system: string;
  /** People of whom the topic knew newer wishes than the backup. */
  readonly learned: number;
  /** People whose accounts are looked at again once the connector runs. */
  readonly reapplied: number;
}

/**
 * The one-shot job after the schema was put back from an older backup, while the connector is stopped (L4, L18): the memory is older than
 * the target. Takes every wish from the topic, notes what may have been written since, and orders everybody's account to be looked at again.
 * May be run again, also when it died on its way.
 */
export async function restoreConnector(options: RestoredOptions): Promise<readonly RestoredSystem[]> {
  const { database, systems, log } = options;
  if (await isServed(database)) throw new ConfigurationError(['The connector is running on this schema: stop every instance of it first.']);
  const results: RestoredSystem[] = [];
  for (const part of systems) {
    const since = new Since();
    await readWishesAgain(options, part.system.name, since);
    await noteAttempts(options, part, since);
    const reapply = await startReapply(database, { system: part.system.name, perMinute: 6000, reason: 'The schema was put back from a backup.' }, 'operator');
    results.push({ system: part.system.name, learned: since.people.size, reapplied: reapply?.people ?? 0 });
  }
  log.info({ systems: results }, 'What the backup did not know was taken; the connector may be started and looks at every account again.');
  return results;
}

/**
 * The wishes of each person that came after the backup, oldest first: those behind the offsets in it (L4), which this job leaves as they
 * are, so that it knows them again when it died on its way; and those that are newer than the link, should the topic have been made anew.
 */
class Since {
  readonly people = new Map<string, DesiredAccount[]>();

  async add(sql: Sql, system: string, wishes: readonly WishRecord[], stored: ReadonlyMap<number, number>): Promise<void> {
    const ids = [...new Set(wishes.map(({ desired }) => desired.userId))];
    const rows = await sql.query<{ userId: string; newest: number }>('select user_id as "userId", newest_seen as newest from link where system = $1 and user_id = any($2::uuid[])', [system, ids]);
    const newest = new Map(rows.map((row) => [row.userId, row.newest]));
    for (const { desired, partition, offset } of wishes) {
      const known = this.people.get(desired.userId);
      if (known) known.push(desired);
      else if (offset >= (stored.get(partition) ?? 0) || desired.generation > (newest.get(desired.userId) ?? 0)) this.people.set(desired.userId, [desired]);
    }
  }
}

async function readWishesAgain({ database, kafka, topicPrefix }: RestoredOptions, system: string, since: Since): Promise<void> {
  const topic = topicName('desiredAccount', { system }, topicPrefix);
  const consumer = connectorConsumer(system);
  const stored = new Map((await offsetStore(database).load(topicPrefix + consumer, [topic])).map(({ partition, offset }) => [partition, offset]));
  const taker = replayTaker({ system, consumer, topicPrefix, serviceVersion: '', database, wake: () => undefined });
  const admin = await kafka.admin();
  const ranges = await admin.ranges(topic, { kind: 'beginning' });
  await admin.close();
  const failed = new AbortController();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // awaited below
  const handler = (records: readonly IncomingRecord[]): Promise<void> =>
    database.transaction(async (sql) => {
      await since.add(sql, system, readWishes(records, system).good, stored);
      await taker.take(sql, records);
    });
  const onFailure = (error: unknown): void => {
    failure.reject(error);
    failed.abort();
  };
  await Promise.race([kafka.reread({ groupId: `${topic}.restored-${randomUUID()}`, topic, ranges, handler, onFailure, signal: failed.signal }), failure.promise]);
}

interface Remembered {
  readonly accountId: string | null;
  readonly accountKey: string | null;
  readonly attempted: readonly object[];
  readonly lastApplied: object | null;
}

const READ = `select account_id as "accountId", account_key as "accountKey", attempted, last_applied as "lastApplied" from link where system = $1 and user_id = $2::uuid`;
const NOTE = `update link set attempted = $3::jsonb, account_key = coalesce(account_key, $4),
  owned = owned or (account_key is null and $4 is not null and not exists (select from link o where o.system = $1 and o.owned and o.account_key = $4))
  where system = $1 and user_id = $2::uuid`;

/** The account may have been opened since, under the key of the first wish, and may hold what any wish since asked for (L18, L20). */
async function noteAttempts({ database, log, patienceMs }: RestoredOptions, { system, connector }: Part, since: Since): Promise<void> {
  for (const [userId, wishes] of since.people) {
    const [link] = await database.query<Remembered>(READ, [system.name, userId]);
    if (link === undefined) continue;
    const account: Account = { connector, system: system.name, link, wishes };
    const [key, pictures] = await patiently(() => lookAt(account), { system: system.name, log, patienceMs });
    const attempted = [...link.attempted, ...pictures].reduce<readonly object[]>(withAttempt, []);
    await database.query(NOTE, [system.name, userId, JSON.stringify(attempted), key]);
  }
}

/** Its key, and what it may hold. */
async function lookAt(account: Account): Promise<readonly [string | null, readonly object[]]> {
  const { connector, link } = account;
  const key = link.accountKey ?? (connector.confirmable ? await foundKey(account) : firstKey(account));
  return [key, connector.confirmable ? [] : await picturesOf(account, key ?? '')];
}

interface Account {
  readonly connector: Connector<object, unknown>;
  readonly system: string;
  readonly link: Remembered;
  readonly wishes: readonly DesiredAccount[];
}

/** Nobody can tell whether it was opened: if so, then under this one. */
function firstKey({ connector, wishes }: Account): string | null {
  const first = wishes.find(({ presence }) => presence !== 'absent');
  return (first && connector.keyCandidates(first)[0]) ?? null;
}

/** The first key under which the target has an account. */
async function foundKey(account: Account): Promise<string | null> {
  const { connector, wishes } = account;
  for (const desired of wishes) {
    for (const key of connector.keyCandidates(desired)) if ((await planUnder(account, key, desired)).accountId !== undefined) return key;
  }
  return null;
}

/** Where nothing can be read: what each wish would have made of an account of which nothing is known. */
async function picturesOf(account: Account, key: string): Promise<readonly object[]> {
  const pictures: object[] = [];
  for (const desired of account.wishes.filter(({ presence }) => presence !== 'absent')) {
    const { target } = await planUnder(account, key, desired);
    if (target !== undefined) pictures.push(target);
  }
  return pictures;
}

async function planUnder({ connector, system, link }: Account, accountKey: string, desired: DesiredAccount): Promise<{ readonly target?: object; readonly accountId?: string }> {
  const view: LinkView<object> = { system, userId: desired.userId, accountKey, attempted: [], ...(link.accountId === null ? {} : { accountId: link.accountId }) };
  const observation = await connector.observe(view, desired, { correlationId: 'restored', wireId: '', signal: AbortSignal.timeout(30_000) });
  const plan = connector.plan({ desired, link: view, observation, today: desired.cause.at.slice(0, 10) });
  return plan.kind === 'steps' ? plan : {};
}
