import { accountMark, type DesiredAccount } from '@rolebridge/contracts';
import type { Database } from '@rolebridge/persistence';
import { withAttempt } from '../decide/attempted.ts';
import type { Connector, LinkView } from '../port.ts';
import { patiently } from './patiently.ts';
import type { OpenWishes, ToldAccount, ToldAccounts } from './restored-readings.ts';
import type { RestoredOptions, RestoredPart } from './restored-options.ts';

export interface Learned {
  readonly told: ToldAccounts;
  readonly open: OpenWishes;
}

interface Remembered {
  readonly desired: DesiredAccount;
  readonly accountId: string | null;
  readonly accountKey: string | null;
  readonly attempted: readonly object[];
}

const GIVE_UP = `update link set owned = false where system = $1 and owned and user_id = any($2::uuid[])`;
const READ = `select desired, account_id as "accountId", account_key as "accountKey", attempted from link where system = $1 and user_id = $2::uuid`;
const OWNED_BY_OTHERS = `select account_key as key from link where system = $1 and owned and account_key = any($2::text[]) and user_id <> $3::uuid`;
const YIELD = `update link set owned = false where system = $1 and owned and account_key = $3 and user_id <> $2::uuid`;
const NOTE = `update link set attempted = $3::jsonb, account_key = coalesce($4, account_key), owned = owned or $5 where system = $1 and user_id = $2::uuid`;

/**
 * Whose account is whose, and what it may hold besides (L18, L20). What was told since the backup says who owns which; of whom nothing was
 * told, nobody knows whether an account was opened: if so, then under the first key that is nobody else's.
 */
export async function noteAccounts({ database, log, patienceMs }: RestoredOptions, { system: { name: system }, connector }: RestoredPart, { told, open }: Learned): Promise<void> {
  await database.query(GIVE_UP, [system, [...told].flatMap(([userId, { owns }]) => (owns === null ? [userId] : []))]);
  const toldFirst = new Set([...told.keys(), ...open.keys()]); // so that nobody else is thought to have what is theirs
  for (const userId of toldFirst) {
    const [link] = await database.query<Remembered>(READ, [system, userId]);
    if (link === undefined) continue;
    const account: Account = { database, connector, system, userId, link, wishes: open.get(userId) ?? [], told: told.get(userId) };
    const { key, owns, sure, pictures } = await patiently(() => lookAt(account), { system, log, patienceMs });
    const attempted = [...link.attempted, ...pictures].reduce<readonly object[]>(withAttempt, []);
    await database.transaction(async (sql) => {
      if (sure) await sql.query(YIELD, [system, userId, key]);
      await sql.query(NOTE, [system, userId, JSON.stringify(attempted), key, owns]);
    });
  }
}

interface Account {
  readonly database: Database;
  readonly connector: Connector<object, unknown>;
  readonly system: string;
  readonly userId: string;
  readonly link: Remembered;
  /** Those that the backup does not know as applied. */
  readonly wishes: readonly DesiredAccount[];
  /** `undefined`: nothing was told. */
  readonly told: ToldAccount | undefined;
}

interface Looked {
  readonly key: string | null;
  /** The account is theirs, as told or, where nothing was told, most likely. */
  readonly owns: boolean;
  /** It was told that the person owns this account. */
  readonly sure: boolean;
  readonly pictures: readonly object[];
}

async function lookAt(account: Account): Promise<Looked> {
  const { link, told } = account;
  const toldKey = toldKeyOf(account);
  if (told?.owns === null) return withPictures(account, { key: toldKey ?? link.accountKey, owns: false, sure: false });
  if (toldKey !== undefined) return withPictures(account, { key: toldKey, owns: true, sure: true });
  const key = link.accountKey ?? (await likelyKey(account));
  return withPictures(account, { key, owns: key !== null && link.accountKey === null, sure: false });
}

function toldKeyOf(account: Account): string | undefined {
  const { system, told } = account;
  return told && candidatesOf(account).find((key) => accountMark(system, key) === told.had);
}

async function withPictures(account: Account, looked: Omit<Looked, 'pictures'>): Promise<Looked> {
  return { ...looked, pictures: looked.key === null ? [] : await picturesOf(account, looked.key) };
}

/** Every key under which the account may ever have been opened. */
function candidatesOf({ connector, link, wishes }: Account): readonly string[] {
  const candidates = [...wishes, link.desired].filter(({ presence }) => presence !== 'absent').flatMap((desired) => connector.keyCandidates(desired));
  return [...new Set([...(link.accountKey === null ? [] : [link.accountKey]), ...candidates])];
}

/** The first key that nobody else has; where the target can be read, only if there is an account. */
async function likelyKey(account: Account): Promise<string | null> {
  const { connector, link, wishes } = account;
  const free = await freeCandidates(account);
  if (!connector.confirmable) return free[0] ?? null;
  const desired = wishes.find(({ presence }) => presence !== 'absent') ?? link.desired;
  for (const key of free) if ((await planUnder(account, key, desired)).accountId !== undefined) return key;
  return null;
}

async function freeCandidates(account: Account): Promise<readonly string[]> {
  const { database, system, userId } = account;
  const candidates = candidatesOf(account);
  const owned = new Set((await database.query<{ key: string }>(OWNED_BY_OTHERS, [system, candidates, userId])).map(({ key }) => key));
  return candidates.filter((key) => !owned.has(key));
}

/** What each wish would have made of an account of which nothing is known: of what a target does not show it may be there. */
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
