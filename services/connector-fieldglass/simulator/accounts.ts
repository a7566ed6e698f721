/** Attributes of a user as stored: the writable ones of the sheet, extensions at the top level. */
export type Resource = Readonly<Record<string, unknown>>;

export interface Account {
  readonly id: string;
  readonly userName: string;
  readonly active: boolean;
  readonly resource: Resource;
  readonly units: readonly string[];
  readonly roles: readonly string[];
  readonly createdAtMs: number;
}

/** One thing that really changed, in order; for those who check that nothing ever goes backwards. */
export interface Effect {
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: 'create' | 'update' | 'lock' | 'unlock' | 'delete' | 'units' | 'roles';
  readonly userName: string;
  readonly id: string;
  readonly generation?: string;
  readonly units?: readonly string[];
  readonly roles?: readonly string[];
}

export type EffectDetail = Pick<Effect, 'kind'> & Partial<Pick<Effect, 'units' | 'roles' | 'generation'>>;

const MAX_EFFECTS = 200_000;

/** All users of the environment and everything that happened to them. */
export class Accounts {
  readonly #nowMs: () => number;
  readonly #byId = new Map<string, Account>();
  readonly #idByLogin = new Map<string, string>();
  #effects: Effect[] = [];
  #lastEffect = 0;
  #lastId = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  byId(id: string): Account | undefined {
    return this.#byId.get(id);
  }

  /** Logins are compared without regard to case (RFC 7643 §4.1.1). */
  byLogin(userName: string): Account | undefined {
    return this.#byId.get(this.#idByLogin.get(userName.toLowerCase()) ?? '');
  }

  all(): readonly Account[] {
    return [...this.#byId.values()];
  }

  create(fields: Pick<Account, 'userName' | 'active' | 'resource'>, generation: string | undefined): Account {
    this.#lastId += 1;
    const account = { ...fields, id: `fg-${this.#lastId}`, units: [], roles: [], createdAtMs: this.#nowMs() };
    this.#byId.set(account.id, account);
    this.#idByLogin.set(account.userName.toLowerCase(), account.id);
    this.#note(account, { kind: 'create', ...marked(generation) });
    return account;
  }

  /** Stores the next state of an account; only what differs becomes an effect. */
  change(account: Account, next: Partial<Pick<Account, 'active' | 'resource' | 'units' | 'roles'>>, generation: string | undefined): Account {
    const changed = { ...account, ...next };
    this.#byId.set(account.id, changed);
    for (const detail of differences(account, changed)) this.#note(changed, { ...detail, ...marked(generation) });
    return changed;
  }

  delete(account: Account, generation: string | undefined): void {
    this.#byId.delete(account.id);
    this.#idByLogin.delete(account.userName.toLowerCase());
    this.#note(account, { kind: 'delete', ...marked(generation) });
  }

  effects(): readonly Effect[] {
    return this.#effects;
  }

  effectCount(): number {
    return this.#lastEffect;
  }

  clear(): void {
    this.#byId.clear();
    this.#idByLogin.clear();
    this.#effects = [];
    this.#lastEffect = 0;
  }

  #note({ id, userName }: Account, detail: EffectDetail): void {
    this.#lastEffect += 1;
    this.#effects.push({ sequence: this.#lastEffect, at: new Date(this.#nowMs()).toISOString(), id, userName, ...detail });
    if (this.#effects.length >= MAX_EFFECTS * 2) this.#effects = this.#effects.slice(-MAX_EFFECTS);
  }
}

function differences(before: Account, after: Account): readonly EffectDetail[] {
  return [
    ...(before.active === after.active ? [] : [{ kind: after.active ? 'unlock' : 'lock' } as const]),
    ...(differ(before.resource, after.resource) ? [{ kind: 'update' } as const] : []),
    ...(differ(before.units, after.units) ? [{ kind: 'units', units: after.units } as const] : []),
    ...(differ(before.roles, after.roles) ? [{ kind: 'roles', roles: after.roles } as const] : []),
  ];
}

function differ(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) !== JSON.stringify(right);
}

function marked(generation: string | undefined): Pick<EffectDetail, 'generation'> {
  return generation === undefined ? {} : { generation };
}
