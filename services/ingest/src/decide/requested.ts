import type { Presence, RequestedAccount, SystemName } from '@rolebridge/contracts';

/** One entitlement of an account, as a caller names it. */
export interface AccountItem {
  /** `unit`, `role` or `group`. */
  readonly type: string;
  readonly value: string;
}

/** What a caller asks for about a person's account in one system (L8, L10). */
export type AccountRequest =
  | {
      readonly kind: 'hold';
      /** The account shall be there, usable or locked; missing: as it was, a new one usable. */
      readonly presence?: 'active' | 'disabled';
      /** The difference to what the caller was shown, see {@link differenceOf}; never the whole account. */
      readonly add?: readonly AccountItem[];
      readonly remove?: readonly AccountItem[];
    }
  /** The account ends, and what was granted with it; the person and their other accounts stay. */
  | { readonly kind: 'end' };

export interface SystemRequest {
  readonly system: SystemName;
  readonly request: AccountRequest;
}

export type Requested = Readonly<Record<SystemName, RequestedAccount>>;

/**
 * PURE. The requests of a person after one more. `by`: name of the caller. An item that is added is granted, and a revoke of it ends; one that is
 * removed loses its grant or, when nobody granted it, is revoked. Whether a revoke of what a rule gives is allowed is judged before.
 * The same object when nothing changes.
 */
export function withRequest(requested: Requested, { system, request }: SystemRequest, by: string): Requested {
  const held = requested[system];
  const next = request.kind === 'end' ? ENDED : continued(held, request, by);
  return held && sameAccount(held, next) ? requested : { ...requested, [system]: next };
}

const ENDED: RequestedAccount = { presence: 'absent', grants: [], revokes: [] };

function continued(held: RequestedAccount | undefined, { presence, add = [], remove = [] }: Extract<AccountRequest, { kind: 'hold' }>, by: string): RequestedAccount {
  const grants = held?.grants ?? [];
  const revokes = held?.revokes ?? [];
  const granted = add.filter((item) => !includes(grants, item) && !includes(revokes, item));
  const revoked = remove.filter((item) => !includes(grants, item) && !includes(revokes, item));
  return {
    presence: presence ?? presenceOf(held),
    grants: [...grants.filter((item) => !includes(remove, item)), ...named(granted, by)],
    revokes: [...revokes.filter((item) => !includes(add, item)), ...named(revoked, by)],
  };
}

function presenceOf(held: RequestedAccount | undefined): Presence {
  return held?.presence === 'disabled' ? 'disabled' : 'active';
}

/** PURE. What must be added to and removed from the account that a caller was shown, to become the one it writes (L10). */
export function differenceOf(shown: readonly AccountItem[], wanted: readonly AccountItem[]): { readonly add: readonly AccountItem[]; readonly remove: readonly AccountItem[] } {
  return { add: wanted.filter((item) => !includes(shown, item)), remove: shown.filter((item) => !includes(wanted, item)) };
}

function includes(items: readonly AccountItem[], { type, value }: AccountItem): boolean {
  return items.some((item) => item.type === type && item.value === value);
}

function named(items: readonly AccountItem[], by: string): RequestedAccount['grants'] {
  const distinct = items.filter((item, at) => !includes(items.slice(0, at), item));
  return distinct.map(({ type, value }) => ({ type, value, by }));
}

function sameAccount(left: RequestedAccount, right: RequestedAccount): boolean {
  const sameItems = (one: readonly AccountItem[], other: readonly AccountItem[]) => one.length === other.length && one.every((item) => includes(other, item));
  return left.presence === right.presence && sameItems(left.grants, right.grants) && sameItems(left.revokes, right.revokes);
}
