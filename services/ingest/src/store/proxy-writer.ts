import type { Generation, SystemName, UserId } from '@rolebridge/contracts';
import { appendOutbox, isUniqueViolation, readEpoch } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { ScimError } from '@rolebridge/scim';
import type { User } from '@rolebridge/scim';
import type { AccountWrite, Assignment } from '../decide/account-request.ts';
import { identityRecord } from '../decide/identity-record.ts';
import { ProxyBook } from '../decide/proxy-book.ts';
import type { ProxyRow } from '../decide/proxy-row.ts';
import { decideProxyWrite, personOf } from '../decide/proxy-write.ts';
import type { ProxyDecision, ProxyWrite } from '../decide/proxy-write.ts';
import { findReturning, returnKeysOf } from '../decide/returning.ts';
import { userNameKey } from '../decide/user-row.ts';
import type { UserRow } from '../decide/user-row.ts';
import type { WriterSettings } from './change-writer.ts';
import { recallOutcomes, rememberOutcomes } from './idempotency.store.ts';
import type { Delivery, Remembered } from './idempotency.store.ts';
import { lockProxyRows, readProxyRows, saveProxyRows } from './proxy-rows.store.ts';
import { lockConcerned, saveUsers } from './users.store.ts';

export interface ProxyWriterParts {
  readonly database: Database;
  readonly settings: WriterSettings;
  readonly now: () => Date;
  readonly newId: () => UserId;
}

/** A write that may carry a key of its caller (L9). */
interface Keyed extends Omit<ProxyWrite, 'write'> {
  readonly delivery?: Delivery;
}

/** A new account, as the caller states it. */
export interface OpenAccount extends Keyed {
  readonly user: User;
  readonly write: AccountWrite;
}

/** A change of an account that the caller was shown. */
export interface ChangeAccount extends Keyed {
  /** Ours. */
  readonly id: string;
  /** Judged against what the caller was shown, under the lock. */
  readonly writeOf: (row: ProxyRow) => AccountWrite;
}

/** Who comes to hold an entitlement and who holds it no more, by our ids. */
export interface ChangeMembers extends Omit<ProxyWrite, 'write'> {
  readonly entitlement: Assignment;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** A write that is committed. */
export interface Written {
  readonly id: UserId;
  readonly userId: UserId;
  readonly generation: Generation;
}

/** People whose membership is changed in one transaction: one group never blocks everybody (L7). */
const CHUNK = 500;

/** Writes of the proxy API: the person, the event and what callers are shown, in one transaction, under the person's lock (L10). */
export class ProxyWriter {
  readonly #parts: ProxyWriterParts;

  constructor(parts: ProxyWriterParts) {
    this.#parts = parts;
  }

  /** @throws ScimError `uniqueness` when the system shows an account with this login */
  open(order: OpenAccount): Promise<Written> {
    return this.#once(order, async (sql) => {
      const { system, user } = order;
      const people = await this.#people(sql, [], user);
      const person = this.#personBySelf(user, people, order.by);
      const book = new ProxyBook(system, await lockProxyRows(sql, system, { ...(person && { userIds: [person.id] }) }));
      const row = person && book.ofUser(person.id);
      if (row?.view !== undefined || (await isTaken(sql, system, user.userName))) throw ScimError.of('uniqueness', 'This system has an account with this userName.');
      return this.#write(sql, { book, row, person, stated: user, order });
    });
  }

  /** @throws ScimError 404 when no such account is shown */
  change(order: ChangeAccount): Promise<Written> {
    return this.#once(order, async (sql) => {
      const { system, id } = order;
      const seen = new ProxyBook(system, await readProxyRows(sql, system, [id])).byId(id);
      if (seen?.view === undefined) throw unknownAccount();
      const [written] = await this.#writeRows(sql, order, [{ id, writeOf: order.writeOf }]);
      if (written === undefined) throw unknownAccount();
      return written;
    });
  }

  /** In chunks, in key order; each is durable by itself, and what was written once is no difference any more. */
  async changeMembers(order: ChangeMembers): Promise<readonly Written[]> {
    const { entitlement, add, remove } = order;
    const wished = [...add.map((id) => ({ id, writeOf: () => ({ add: [entitlement] }) })), ...remove.map((id) => ({ id, writeOf: () => ({ remove: [entitlement] }) }))];
    const sorted = wished.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const written: Written[] = [];
    for (let at = 0; at < sorted.length; at += CHUNK) {
      written.push(...(await this.#twice((sql) => this.#writeRows(sql, order, sorted.slice(at, at + CHUNK)))));
    }
    return written;
  }

  /** A delivery that is repeated under the same key is told the first outcome again (L9). @throws ScimError 422 for another body */
  #once({ delivery }: Keyed, work: (sql: Sql) => Promise<Written>): Promise<Written> {
    return this.#twice(async (sql) => {
      const first = delivery && (await recallOutcomes<Written>(sql, [delivery.scope])).get(delivery.scope);
      if (first !== undefined) return sameDelivery(first, delivery);
      const written = await work(sql);
      if (delivery) await rememberOutcomes(sql, [{ ...delivery, answer: written }], this.#parts.settings.idempotencyHours);
      return written;
    });
  }

  /** Another instance may have taken a login since we looked: the second look sees it. */
  async #twice<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const { database } = this.#parts;
    return database.transaction(work).catch((error: unknown) => (isUniqueViolation(error) ? database.transaction(work) : Promise.reject(error)));
  }

  async #people(sql: Sql, ids: readonly string[], ...stated: readonly User[]): Promise<readonly UserRow[]> {
    const { returnByUserName } = this.#parts.settings;
    return lockConcerned(sql, { ids, userNames: stated.map(({ userName }) => userName), returning: stated.map((user) => returnKeysOf(user, returnByUserName)) });
  }

  #personBySelf(user: User, people: readonly UserRow[], by: string): UserRow | undefined {
    const living = people.find((row) => row.presence !== 'absent' && userNameKey(row.user.userName) === userNameKey(user.userName));
    return living ?? findReturning(user, by, people.filter(({ presence }) => presence === 'absent'), this.#parts.settings.returnByUserName);
  }

  /** People are locked before accounts, everywhere; what was seen before the lock only tells whom to lock. */
  async #writeRows(sql: Sql, order: Omit<ProxyWrite, 'write'>, wished: readonly { readonly id: string; readonly writeOf: ChangeAccount['writeOf'] }[]): Promise<readonly Written[]> {
    const { system } = order;
    const before = new ProxyBook(system, await readProxyRows(sql, system, wished.map(({ id }) => id)));
    const rows = wished.map(({ id }) => before.byId(id)).filter((row) => row?.view !== undefined);
    const nobodys = rows.flatMap((row) => (row?.userId === undefined && row?.view ? [personOf(row.view.attributes)] : []));
    const people = await this.#people(sql, rows.flatMap((row) => row?.userId ?? []), ...nobodys);
    const book = new ProxyBook(system, await lockProxyRows(sql, system, { ids: wished.map(({ id }) => id), userIds: people.map(({ id }) => id) }));
    const written: Written[] = [];
    for (const { id, writeOf } of wished) {
      const row = book.byId(id);
      if (row?.view === undefined) throw unknownAccount();
      const stated = personOf(row.view.attributes);
      const person = row.userId === undefined ? this.#personBySelf(stated, people, order.by) : ownerOf(row, people);
      if (person?.presence === 'absent' && row.userId !== undefined) {
        written.push(leaving(row, person, order.operation));
        continue;
      }
      written.push(await this.#write(sql, { book, row, person, stated, order: { ...order, write: writeOf(row) } }));
    }
    return written;
  }

  async #write(sql: Sql, { book, row, person, stated, order }: Writing): Promise<Written> {
    const { settings, now, newId } = this.#parts;
    const shown = row?.view;
    const context = { epoch: await readEpoch(sql), now: now().toISOString(), newId };
    const decision = decideProxyWrite({ ...(person && { person }), ...(shown && { shown }), stated, nobodys: shown !== undefined && row?.userId === undefined }, order, context);
    const kept = await this.#keep(sql, { book, row, decision, system: order.system });
    if (decision.kind === 'changed') {
      await saveUsers(sql, [decision.person]);
      await appendOutbox(sql, [identityRecord(decision.person, settings.statements, settings.userTopic)]);
    }
    return { id: kept, userId: decision.person.id, generation: decision.person.generation };
  }

  async #keep(sql: Sql, { book, row, decision, system }: { readonly book: ProxyBook; readonly row: ProxyRow | undefined; readonly decision: ProxyDecision; readonly system: SystemName }): Promise<UserId> {
    const { person } = decision;
    const base = row ?? { system, id: book.byId(person.id) === undefined ? person.id : this.#parts.newId() };
    if (decision.kind === 'unchanged') return base.id;
    const next = book.request({ ...base, userId: person.id }, decision.overlay, person.generation);
    await saveProxyRows(sql, system, [next]);
    return next.id;
  }
}

interface Writing {
  readonly book: ProxyBook;
  readonly row: ProxyRow | undefined;
  readonly person: UserRow | undefined;
  readonly stated: User;
  readonly order: ProxyWrite;
}

/** It changed its owner between our look and our lock: the next look meets the new one. */
function ownerOf({ userId }: ProxyRow, people: readonly UserRow[]): UserRow {
  const owner = people.find(({ id }) => id === userId);
  if (owner === undefined) throw ScimError.plain(429, 'The account has changed its owner just now; please repeat the request.', { 'retry-after': '1' });
  return owner;
}

/** Who has left loses the account anyway; nobody comes back because an account is written that is about to end. */
function leaving(row: ProxyRow, person: UserRow, operation: ProxyWrite['operation']): Written {
  if (operation === 'delete') return { id: row.id, userId: person.id, generation: person.generation };
  throw ScimError.plain(404, 'The person of this account has left; the account ends.');
}

function sameDelivery({ bodyHash, answer }: Remembered<Written>, delivery: Delivery | undefined): Written {
  if (bodyHash === delivery?.bodyHash) return answer;
  throw ScimError.plain(422, 'This Idempotency-Key was used before with another body; use a new key.');
}

function unknownAccount(): ScimError {
  return ScimError.plain(404, 'There is no account with this id at this system.');
}

async function isTaken(sql: Sql, system: SystemName, userName: string): Promise<boolean> {
  return (await sql.query('select 1 from proxy_account where system = $1 and view is not null and user_name_key = $2', [system, userNameKey(userName)])).length > 0;
}
