import { BY_HAND, DirectoryGroups, type DirectoryGroup, type FullList } from './groups.ts';

/** An account of the chaos directory. */
export interface DirectoryAccount {
  readonly id: string;
  readonly login: string;
  /** Employee number of the person it was opened for; never changes. */
  readonly owner: string;
  readonly active: boolean;
  /** Names of the groups that have it as a member. */
  readonly groups: readonly string[];
  /** Number of the change that wrote it last. */
  readonly number: number;
  readonly createdAtMs: number;
}

/** Who writes, with which change, and when the call came in. */
export interface Writer {
  readonly owner: string;
  readonly number: number;
  readonly generation: number;
  readonly arrivedAtMs: number;
}

/** One thing that was really done, in order. */
export interface DirectoryWrite extends Writer {
  readonly sequence: number;
  readonly kind: 'create' | 'update' | 'groups' | 'delete';
  readonly id: string;
  readonly atMs: number;
}

/** What nobody may ever do. */
export interface Violation {
  readonly kind: 'second account' | 'stranger';
  readonly text: string;
  /** When the call came in. */
  readonly arrivedAtMs: number;
}

export type Written = { readonly ok: true; readonly account: DirectoryAccount } | { readonly ok: false; readonly status: 404 | 409 };

/** As stored: memberships belong to the groups. */
type Stored = Omit<DirectoryAccount, 'groups'>;

export type AccountFields = Pick<DirectoryAccount, 'login' | 'active'>;

/** All accounts and groups, every write in order, and what nobody may ever do. An account that is deleted leaves its groups with it, as in most products. */
export class DirectoryAccounts {
  readonly #accounts = new Map<string, Stored>();
  readonly #groups: DirectoryGroups;
  readonly #creators = new WeakSet<Writer>();
  readonly #nowMs: () => number;
  #last = 0;
  writes: DirectoryWrite[] = [];
  violations: Violation[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#groups = new DirectoryGroups(nowMs);
  }

  all(): readonly DirectoryAccount[] {
    return [...this.#accounts.values()].map((stored) => this.#shown(stored));
  }

  byId(id: string): DirectoryAccount | undefined {
    const stored = this.#accounts.get(id);
    return stored && this.#shown(stored);
  }

  get groups(): Pick<DirectoryGroups, 'all' | 'byName' | 'lists'> {
    return this.#groups;
  }

  /** What a search shows: new accounts appear after `lagMs`. */
  find(owner: string, lagMs: number): DirectoryAccount | undefined {
    return this.all().find((account) => account.owner === owner && account.createdAtMs + lagMs <= this.#nowMs());
  }

  /** A login belongs to one account; whether the person has one already is for the caller to know, as in most products. */
  create(writer: Writer, fields: AccountFields): Written {
    const delivered = this.#creators.has(writer); // the same call, delivered twice underway
    this.#creators.add(writer);
    if (!delivered && this.all().some(({ owner }) => owner === writer.owner)) this.#blame('second account', writer, `change #${writer.number} asked for a second account of ${writer.owner}`);
    if (this.#holderOf(fields.login)) return { ok: false, status: 409 };
    this.#last += 1;
    const account = { ...fields, id: `dir-${this.#last}`, owner: writer.owner, number: writer.number, createdAtMs: this.#nowMs() };
    return this.#store(account, writer, 'create');
  }

  update(id: string, writer: Writer, fields: AccountFields): Written {
    const account = this.#accounts.get(id);
    if (!account) return { ok: false, status: 404 };
    const holder = this.#holderOf(fields.login);
    if (holder && holder.id !== id) return { ok: false, status: 409 };
    return this.#store({ ...account, ...fields, number: writer.number }, writer, 'update');
  }

  changeGroups(id: string, writer: Writer, change: { readonly add: readonly string[]; readonly remove: readonly string[] }): Written {
    const account = this.#accounts.get(id);
    if (!account) return { ok: false, status: 404 };
    change.add.forEach((group) => this.#groups.add(id, group));
    change.remove.forEach((group) => this.#groups.remove(id, group));
    return this.#store(account, writer, 'groups');
  }

  /** Undefined: a member is unknown, and nothing was written. */
  writeGroup(name: string, list: FullList, arrivedAtMs: number): DirectoryGroup | undefined {
    const known = list.members.every((member) => this.#accounts.has(member) || BY_HAND.includes(member));
    return known ? this.#groups.replace(name, list, arrivedAtMs) : undefined;
  }

  delete(id: string, writer: Writer): Written {
    const account = this.#accounts.get(id);
    if (!account) return { ok: false, status: 404 };
    const shown = this.#shown(account);
    this.#accounts.delete(id);
    shown.groups.forEach((group) => this.#groups.remove(id, group));
    this.#note(account, writer, 'delete');
    return { ok: true, account: shown };
  }

  #store(account: Stored, writer: Writer, kind: DirectoryWrite['kind']): Written {
    this.#accounts.set(account.id, account);
    this.#note(account, writer, kind);
    return { ok: true, account: this.#shown(account) };
  }

  #shown(account: Stored): DirectoryAccount {
    return { ...account, groups: this.#groups.of(account.id) };
  }

  #note({ id, owner }: Stored, writer: Writer, kind: DirectoryWrite['kind']): void {
    if (owner !== writer.owner) this.#blame('stranger', writer, `change #${writer.number} of ${writer.owner} wrote the account of ${owner}`);
    this.writes.push({ ...writer, sequence: this.writes.length + 1, kind, id, atMs: this.#nowMs() });
  }

  #blame(kind: Violation['kind'], { arrivedAtMs }: Writer, text: string): void {
    this.violations.push({ kind, text, arrivedAtMs });
  }

  #holderOf(login: string): Stored | undefined {
    return [...this.#accounts.values()].find((account) => account.login.toLowerCase() === login.toLowerCase());
  }
}
