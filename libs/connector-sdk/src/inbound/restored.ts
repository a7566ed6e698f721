import { randomUUID } from 'node:crypto';
import { connectorConsumer, type DesiredAccount, type IncomingRecord, topicName } from '@rolebridge/contracts';
import type { Kafka } from '@rolebridge/kafka';
import type { System } from '@rolebridge/landscape';
import { ConfigurationError, type Logger } from '@rolebridge/observability';
import { type Database, isServed, type Sql } from '@rolebridge/persistence';
import { withAttempt } from '../decide/attempted.ts';
import type { Connector, LinkView } from '../port.ts';
import { startReapply } from '../store/reapply.ts';
import { replayTaker } from './replay-wishes.ts';
import { readWishes } from './take-wishes.ts';

export interface RestoredOptions {
  readonly systems: readonly { readonly system: System; readonly connector: Connector<object, unknown> }[];
  readonly database: Database;
  readonly kafka: Kafka;
  readonly topicPrefix: string;
  readonly log: Logger;
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
 */
export async function restoreConnector(options: RestoredOptions): Promise<readonly RestoredSystem[]> {
  const { database, systems, log } = options;
  if (await isServed(database)) throw new ConfigurationError(['The connector is running on this schema: stop every instance of it first.']);
  const results: RestoredSystem[] = [];
  for (const part of systems) {
    const since = new Since();
    await readWishesAgain(options, part.system.name, since);
    await noteAttempts(database, part, since);
    const reapply = await startReapply(database, { system: part.system.name, perMinute: 6000, reason: 'The schema was put back from a backup.' }, 'operator');
    results.push({ system: part.system.name, learned: since.people.size, reapplied: reapply?.people ?? 0 });
  }
  log.info({ systems: results }, 'What the backup did not know was taken; the connector may be started and looks at every account again.');
  return results;
}

/** The wishes of each person that came after the backup, oldest first. */
class Since {
  readonly people = new Map<string, DesiredAccount[]>();

  async add(sql: Sql, system: string, wishes: readonly DesiredAccount[]): Promise<void> {
    const ids = [...new Set(wishes.map(({ userId }) => userId))];
    const rows = await sql.query<{ userId: string; newest: number }>('select user_id as "userId", newest_seen as newest from link where system = $1 and user_id = any($2::uuid[])', [system, ids]);
    const newest = new Map(rows.map((row) => [row.userId, row.newest]));
    for (const wish of wishes) {
      const known = this.people.get(wish.userId);
      if (known) known.push(wish);
      else if (wish.generation > (newest.get(wish.userId) ?? 0)) this.people.set(wish.userId, [wish]);
    }
  }
}

async function readWishesAgain({ database, kafka, topicPrefix }: RestoredOptions, system: string, since: Since): Promise<void> {
  const topic = topicName('desiredAccount', { system }, topicPrefix);
  const taker = replayTaker({ system, consumer: connectorConsumer(system), topicPrefix, serviceVersion: '', database, wake: () => undefined });
  const admin = await kafka.admin();
  const ranges = await admin.ranges(topic, { kind: 'beginning' });
  await admin.close();
  const failed = new AbortController();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // awaited below
  const handler = (records: readonly IncomingRecord[]): Promise<void> =>
    database.transaction(async (sql) => {
      await since.add(sql, system, readWishes(records, system).good.map(({ desired }) => desired));
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
async function noteAttempts(database: Database, { system, connector }: RestoredOptions['systems'][number], since: Since): Promise<void> {
  for (const [userId, wishes] of since.people) {
    const [link] = await database.query<Remembered>(READ, [system.name, userId]);
    if (link === undefined) continue;
    const account: Account = { connector, system: system.name, link, wishes };
    const key = link.accountKey ?? (connector.confirmable ? await foundKey(account) : firstKey(account));
    const pictures = connector.confirmable ? [] : await picturesOf(account, key ?? '');
    const attempted = [...link.attempted, ...pictures].reduce<readonly object[]>(withAttempt, []);
    await database.query(NOTE, [system.name, userId, JSON.stringify(attempted), key]);
  }
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
