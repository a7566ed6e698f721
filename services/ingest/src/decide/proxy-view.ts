import { withOwnAttributes } from '@rolebridge/contracts';
import type { AccountAttributes, ObservedAccount, Presence } from '@rolebridge/contracts';
import { userNameKey } from './user-row.ts';
import type { Assignment, ShownAccount, ShownAssignment } from './account-request.ts';

/** What was accepted since the account was seen, as a difference. */
export interface Overlay {
  readonly presence?: Presence;
  readonly attributes?: AccountAttributes;
  readonly add: readonly ShownAssignment[];
  readonly remove: readonly Assignment[];
}

/** The part of an observation that is shown. */
export type Seen = Pick<ObservedAccount, 'presence' | 'attributes' | 'entitlements'>;

/** PURE. The account as callers see it; `undefined`: there is none. */
export function viewOf(seen: Seen | undefined, overlay: Overlay | undefined): ShownAccount | undefined {
  const presence = overlay?.presence ?? seen?.presence;
  if (presence === undefined || presence === 'absent') return undefined;
  return shown(presence, seen ?? UNSEEN, overlay ?? NOTHING);
}

function shown(presence: ShownAccount['presence'], seen: Pick<Seen, 'attributes' | 'entitlements'> | typeof UNSEEN, { attributes = {}, add, remove }: Overlay): ShownAccount {
  const held = seen.entitlements.map(({ type, value, rules = [] }) => ({ type, value, rules }));
  return {
    presence,
    attributes: withOwnAttributes(seen.attributes, attributes),
    entitlements: [...held.filter((one) => !includes(remove, one) && !includes(add, one)), ...add],
  };
}

const NOTHING: Overlay = { add: [], remove: [] };
const UNSEEN: { readonly attributes: AccountAttributes; readonly entitlements: Seen['entitlements'] } = { attributes: {}, entitlements: [] };

/** PURE. One accepted write after another. */
export function overlaid(before: Overlay | undefined, next: Overlay): Overlay {
  // An account that ended takes with it what was asked for; one that is opened again begins anew.
  if (before === undefined || next.presence === 'absent' || before.presence === 'absent') return next;
  const attributes = merged(before.attributes, next.attributes);
  const presence = next.presence ?? before.presence;
  return {
    ...(presence && { presence }),
    ...(attributes && { attributes }),
    add: [...before.add.filter((one) => !includes(next.remove, one) && !includes(next.add, one)), ...next.add],
    remove: [...before.remove.filter((one) => !includes(next.add, one) && !includes(next.remove, one)), ...next.remove],
  };
}

function merged(before: AccountAttributes | undefined, next: AccountAttributes | undefined): AccountAttributes | undefined {
  if (before === undefined || next === undefined) return next ?? before;
  return { ...before, ...next, ...Object.fromEntries(Object.entries(next).flatMap(([name, value]) => extension(name, before[name], value))) };
}

function extension(name: string, before: unknown, next: unknown): readonly (readonly [string, unknown])[] {
  const both = name.startsWith('urn:') && typeof before === 'object' && before !== null && typeof next === 'object' && next !== null;
  return both ? [[name, { ...before, ...next }]] : [];
}

function includes(list: readonly Assignment[], { type, value }: Assignment): boolean {
  return list.some((one) => one.type === type && one.value === value);
}

/** By what an account is found. */
export interface ViewKeys {
  readonly userName: string | null;
  readonly email: string | null;
  readonly display: string | null;
  readonly membersOf: readonly string[];
}

/** PURE. */
export function keysOf(system: string, view: ShownAccount | undefined): ViewKeys {
  if (view === undefined) return { userName: null, email: null, display: null, membersOf: [] };
  const { userName, displayName, emails } = view.attributes;
  const [first]: readonly unknown[] = Array.isArray(emails) ? emails : [];
  const email: unknown = typeof first === 'object' && first !== null && 'value' in first ? first.value : undefined;
  return { userName: keyOf(userName), email: keyOf(email), display: keyOf(displayName), membersOf: view.entitlements.map((one) => memberKey(system, one)) };
}

export function keyOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? userNameKey(value) : null;
}

/** One text for an entitlement of a system, for the index of members. */
export function memberKey(system: string, { type, value }: Assignment): string {
  return JSON.stringify([system, type, value]);
}
