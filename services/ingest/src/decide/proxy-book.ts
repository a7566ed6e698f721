import type { Generation, ObservedAccount, SystemName, UserId } from '@rolebridge/contracts';
import { idOfKey } from './proxy-identity.ts';
import type { Delivered, ProxyRow } from './proxy-row.ts';
import { overlaid, viewOf } from './proxy-view.ts';
import type { Overlay } from './proxy-view.ts';

/**
 * Accounts of one system in memory: what was seen, judged and requested is entered one after the other. PURE apart from its own maps.
 * Whoever uses it has locked the rows.
 */
export class ProxyBook {
  readonly #system: SystemName;
  readonly #rows = new Map<UserId, ProxyRow>();
  readonly #changed = new Set<UserId>();

  constructor(system: SystemName, rows: readonly ProxyRow[]) {
    this.#system = system;
    for (const row of rows) this.#rows.set(row.id, row);
  }

  /** Rows to be written. */
  get changed(): readonly ProxyRow[] {
    return [...this.#changed].flatMap((id) => this.#rows.get(id) ?? []);
  }

  ofUser(userId: UserId): ProxyRow | undefined {
    return this.#find((row) => row.userId === userId);
  }

  byId(id: string): ProxyRow | undefined {
    const row = this.#rows.get(id);
    return row?.aliasOf === undefined ? row : this.#rows.get(row.aliasOf);
  }

  /** What the target showed; `null`: gone. Older than what is known is left out (L1). */
  see(key: string, generation: Generation, account: ObservedAccount | null): void {
    const known = this.#find((row) => row.accountKey === key);
    if (known?.generation !== undefined && known.generation >= generation) return;
    if (account === null) this.#lose(known ?? { system: this.#system, id: idOfKey(key), accountKey: key }, generation);
    else this.#show(this.#rowFor(key, known, account), { key, generation, account });
  }

  /** Role-mapping has judged this generation of a person: `null` = there is no account, so nothing is left to be applied (L15). */
  cover(userId: UserId, userGeneration: Generation, accountGeneration: Generation | null): void {
    const row = this.ofUser(userId);
    if (row?.overlay === undefined || (row.overlayGeneration ?? 0) > userGeneration) return;
    const covering = accountGeneration ?? refusedBy(row, userGeneration);
    this.#put(covering === undefined ? withoutOverlay(row) : settled({ ...row, covering }));
  }

  /** A connector, or role-mapping that cannot wish, says what became of a person's account. */
  deliver(userId: UserId, delivered: Delivered): void {
    const row = this.ofUser(userId);
    if (row?.overlay !== undefined && delivered.generation >= (row.delivered?.generation ?? 0)) this.#put({ ...row, delivered });
  }

  /** A request was accepted; the row is new, or the one the caller was shown. */
  request(row: ProxyRow, overlay: Overlay, userGeneration: Generation): ProxyRow {
    const { covering: _, delivered: __, ...rest } = row;
    return this.#put({ ...rest, overlay: overlaid(row.overlay, overlay), overlayGeneration: userGeneration });
  }

  /** Also of an account that was never shown: what is older and comes later must not bring it back. */
  #lose(row: ProxyRow, generation: Generation): void {
    const { observed: _, ...rest } = row.overlay?.presence === 'absent' ? withoutOverlay(row) : row;
    this.#put({ ...rest, generation });
  }

  #show(row: ProxyRow, { key, generation, account }: { readonly key: string; readonly generation: Generation; readonly account: ObservedAccount }): void {
    const { presence, attributes, entitlements, userId, accountGeneration } = account;
    const { accountGeneration: _, ...rest } = row;
    const seen = settled({ ...rest, accountKey: key, generation, observed: { presence, attributes, entitlements }, ...(accountGeneration !== undefined && { accountGeneration }) });
    // Somebody who is being given the account keeps it until the target has said so; who has lost it keeps nothing.
    const owner = userId ?? (seen.overlay === undefined ? undefined : row.userId);
    const { userId: __, ...nobodys } = seen;
    this.#put(owner === undefined ? nobodys : { ...nobodys, userId: owner });
  }

  /** The row that this account goes on as. When two rows turn out to be one, the id that a request has told its caller is kept, the other leads to it. */
  #rowFor(key: string, known: ProxyRow | undefined, { userId }: ObservedAccount): ProxyRow {
    const owned = userId === undefined ? undefined : this.ofUser(userId);
    if (known === undefined) return owned ?? { system: this.#system, id: this.#freeId(userId, key) };
    if (owned === undefined || owned.id === known.id) return known;
    if (owned.overlay === undefined && owned.accountKey !== undefined) {
      const { userId: _, ...former } = owned;
      this.#put(former);
      return known;
    }
    this.#put({ system: this.#system, id: known.id, aliasOf: owned.id });
    return owned;
  }

  #freeId(userId: UserId | undefined, key: string): UserId {
    return userId !== undefined && !this.#rows.has(userId) ? userId : idOfKey(key);
  }

  #find(matches: (row: ProxyRow) => boolean): ProxyRow | undefined {
    for (const row of this.#rows.values()) if (matches(row)) return row;
    return undefined;
  }

  #put(row: ProxyRow): ProxyRow {
    const { view: _, ...rest } = row;
    const view = viewOf(row.observed, row.overlay);
    const next = view === undefined ? rest : { ...rest, view };
    this.#rows.set(row.id, next);
    this.#changed.add(row.id);
    return next;
  }
}

/** Nothing could be wished for, and that was said: it is not as if nothing was left to be done. */
function refusedBy({ delivered }: ProxyRow, userGeneration: Generation): Generation | undefined {
  return delivered?.state === 'rejected' && delivered.userGeneration >= userGeneration ? delivered.generation : undefined;
}

/** What is applied as far as was seen is no request any more. */
function settled(row: ProxyRow): ProxyRow {
  const applied = row.covering !== undefined && row.accountGeneration !== undefined && row.accountGeneration >= row.covering;
  return applied ? withoutOverlay(row) : row;
}

function withoutOverlay(row: ProxyRow): ProxyRow {
  const { overlay: _, overlayGeneration: __, covering: ___, delivered: ____, ...rest } = row;
  return rest;
}
