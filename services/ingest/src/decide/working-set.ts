import type { OutgoingRecord, UserId } from '@rolebridge/contracts';
import { ScimError } from '@rolebridge/scim';
import type { StatementSettings, User } from '@rolebridge/scim';
import { decideAccount } from './account-change.ts';
import type { Intent } from './change.ts';
import { decide, nameTaken } from './decide.ts';
import type { Context, Decision } from './decide.ts';
import { identityRecord } from './identity-record.ts';
import { findReturning } from './returning.ts';
import { userNameKey } from './user-row.ts';
import type { UserRow } from './user-row.ts';

export interface WorkingSettings {
  readonly statements: StatementSettings;
  /** Whether a returning person is also known by the login (L20). */
  readonly returnByUserName: boolean;
  /** Name of the topic `identity.user.v1` in this landscape. */
  readonly userTopic: string;
}

/**
 * The users that a batch of intents concerns, in memory: intents are judged one after the other against what the earlier ones
 * made of them, each change with its own generation and record. PURE apart from its own maps: no I/O, no clock.
 */
export class WorkingSet {
  readonly #context: Context;
  readonly #settings: WorkingSettings;
  readonly #rows = new Map<UserId, UserRow>();
  readonly #living = new Map<string, UserId>();
  readonly #left = new Set<UserId>();
  readonly #changed = new Set<UserId>();
  readonly #records: OutgoingRecord[] = [];

  constructor(rows: readonly UserRow[], context: Context, settings: WorkingSettings) {
    this.#context = context;
    this.#settings = settings;
    rows.forEach((row) => this.#put(row));
  }

  /** Rows to be written. */
  get changed(): readonly UserRow[] {
    return [...this.#changed].flatMap((id) => this.#rows.get(id) ?? []);
  }

  /** Records to be sent, in order. */
  get records(): readonly OutgoingRecord[] {
    return this.#records;
  }

  accept(intent: Intent): Decision {
    const current = this.#find(intent);
    const { change } = intent;
    const decision = change.kind === 'account' ? decideAccount(current, { ...intent, change }, this.#context) : decide(current, { ...intent, change }, this.#context);
    if (decision.kind !== 'changed') return decision;
    const refusal = this.#refusal(decision.next);
    if (refusal) return { kind: 'refused', error: refusal };
    if (current) this.#releaseLogin(current);
    this.#put(decision.next);
    this.#changed.add(decision.next.id);
    return decision;
  }

  #find(intent: Intent): UserRow | undefined {
    if (intent.userId !== undefined) return this.#rows.get(intent.userId);
    const { change } = intent;
    return (change.kind === 'create' || change.kind === 'account') && change.user ? this.#findBySelf(change.user, intent) : undefined;
  }

  /** A user that lives under this login is met only by a caller, who is told of the conflict, or where it counts as the same person. */
  #findBySelf(user: User, intent: Intent): UserRow | undefined {
    const living = this.#rows.get(this.#living.get(userNameKey(user.userName)) ?? '');
    const meets = intent.correlateByUserName === true || intent.change.kind === 'account' || (intent.change.kind === 'create' && intent.change.ifExists === 'refuse');
    if (living && meets) return living;
    const left = [...this.#left].flatMap((id) => this.#rows.get(id) ?? []);
    return findReturning(user, intent.by, left, this.#settings.returnByUserName);
  }

  /** Makes the record as well, because only then it is known whether it can be sent. */
  #refusal(next: UserRow): ScimError | undefined {
    const holder = this.#living.get(userNameKey(next.user.userName));
    if (next.presence !== 'absent' && holder !== undefined && holder !== next.id) return nameTaken();
    try {
      this.#records.push(identityRecord(next, this.#settings.statements, this.#settings.userTopic));
      return undefined;
    } catch (error) {
      if (error instanceof ScimError) return error;
      throw error;
    }
  }

  /** The login of somebody who has left may be somebody else's by now. */
  #releaseLogin({ id, user }: UserRow): void {
    const key = userNameKey(user.userName);
    if (this.#living.get(key) === id) this.#living.delete(key);
  }

  #put(row: UserRow): void {
    this.#rows.set(row.id, row);
    if (row.presence === 'absent') this.#left.add(row.id);
    else this.#left.delete(row.id);
    if (row.presence !== 'absent') this.#living.set(userNameKey(row.user.userName), row.id);
  }
}
