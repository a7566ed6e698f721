/** An account of the chaos directory. */
export interface DirectoryAccount {
  readonly id: string;
  readonly login: string;
  /** Employee number of the person it was opened for; never changes. */
  readonly owner: string;
  readonly active: boolean;
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

export type AccountFields = Pick<DirectoryAccount, 'login' | 'active'>;

/** All accounts, every write in order, and what nobody may ever do. */
export class DirectoryAccounts {
  readonly #accounts = new Map<string, DirectoryAccount>();
  readonly #creators = new WeakSet<Writer>();
  readonly #nowMs: () => number;
  #last = 0;
  writes: DirectoryWrite[] = [];
  violations: Violation[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  all(): readonly DirectoryAccount[] {
    return [...this.#accounts.values()];
  }

  byId(id: string): DirectoryAccount | undefined {
    return this.#accounts.get(id);
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
    const account = { ...fields, id: `dir-${this.#last}`, owner: writer.owner, groups: [], number: writer.number, createdAtMs: this.#nowMs() };
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
    const groups = [...new Set([...account.groups, ...change.add])].filter((group) => !change.remove.includes(group)).toSorted();
    return this.#store({ ...account, groups }, writer, 'groups');
  }

  delete(id: string, writer: Writer): Written {
    const account = this.#accounts.get(id);
    if (!account) return { ok: false, status: 404 };
    this.#accounts.delete(id);
    this.#note(account, writer, 'delete');
    return { ok: true, account };
  }

  #store(account: DirectoryAccount, writer: Writer, kind: DirectoryWrite['kind']): Written {
    this.#accounts.set(account.id, account);
    this.#note(account, writer, kind);
    return { ok: true, account };
  }

  #note({ id, owner }: DirectoryAccount, writer: Writer, kind: DirectoryWrite['kind']): void {
    if (owner !== writer.owner) this.#blame('stranger', writer, `change #${writer.number} of ${writer.owner} wrote the account of ${owner}`);
    this.writes.push({ ...writer, sequence: this.writes.length + 1, kind, id, atMs: this.#nowMs() });
  }

  #blame(kind: Violation['kind'], { arrivedAtMs }: Writer, text: string): void {
    this.violations.push({ kind, text, arrivedAtMs });
  }

  #holderOf(login: string): DirectoryAccount | undefined {
    return this.all().find((account) => account.login.toLowerCase() === login.toLowerCase());
  }
}
