import type { AccountAttributes, Generation, Presence, RequestedAccount, RequestedEntitlement } from '@rolebridge/contracts';
import { sameJson, ScimError } from '@rolebridge/scim';
import { attributesAfter } from './account-attributes.ts';

/** An entitlement as the caller was shown it. */
export interface ShownAssignment {
  readonly type: string;
  readonly value: string;
  /** Who gave it by our last wish: names of rules, `request:<caller>`; empty where somebody at the target did. */
  readonly rules: readonly string[];
}

/** An account as the caller was shown it: last seen at the target, overlaid with what was accepted since (L10). */
export interface ShownAccount {
  readonly presence: Exclude<Presence, 'absent'>;
  readonly attributes: AccountAttributes;
  readonly entitlements: readonly ShownAssignment[];
}

/** What a caller wants of one account. What it does not say stays as it is. */
export interface AccountWrite {
  readonly presence?: Presence;
  /** Only those that are stated; `null` = none. */
  readonly attributes?: AccountAttributes;
  /** All entitlements of the types named in `types`; missing: no statement. */
  readonly entitlements?: { readonly types: readonly string[]; readonly items: readonly Assignment[] };
  /** Given or taken one by one, as a group's members are. */
  readonly add?: readonly Assignment[];
  readonly remove?: readonly Assignment[];
}

export interface Assignment {
  readonly type: string;
  readonly value: string;
}

/** What becomes of somebody who takes away what a rule gives (L10). */
export type RuleGiven = 'refuse' | 'deny';

export interface AccountRequest {
  /** What was requested before. */
  readonly current: RequestedAccount | undefined;
  /** `undefined`: the caller was shown no account. */
  readonly shown: ShownAccount | undefined;
  /** The person as all systems know it. */
  readonly person: AccountAttributes;
  readonly write: AccountWrite;
  /** Name of the caller. */
  readonly by: string;
  /** The generation that this request becomes part of. */
  readonly generation: Generation;
  readonly ruleGiven: RuleGiven;
  /** The account stands at the target, and nobody here has wished for it so far: this request takes it over. */
  readonly adopts?: boolean;
}

const NOTHING: RequestedAccount = { grants: [], revokes: [] };

/**
 * PURE. What is requested for an account after a write: only the difference to what the caller was shown becomes a request, so that whoever
 * must send whole accounts never turns into permanent grants what rules give (L8, L10). The same object as before when there is none.
 *
 * @throws ScimError `mutability` when a rule gives what shall go, naming the rule
 */
export function requestAccount(request: AccountRequest): RequestedAccount {
  const { current, write } = request;
  if (write.presence === 'absent') return current?.presence === 'absent' ? current : { presence: 'absent', ...NOTHING };
  const base = current === undefined || current.presence === 'absent' ? NOTHING : current;
  const requested: RequestedAccount = { ...presenceOf(request, base), ...attributesOf(request, base), ...assignmentsOf(request, base) };
  return current !== undefined && sameJson(current, requested) ? current : requested;
}

/** An account that was not there is opened; locking one opens nothing, so that it ends with the rule that gives it. */
function presenceOf({ shown, write, current, adopts = false }: AccountRequest, base: RequestedAccount): Pick<RequestedAccount, 'presence' | 'locked'> {
  const before = shown?.presence;
  const opens = adopts || isOpening(before, current) || base.presence !== undefined;
  const heldLocked = adopts ? before === 'disabled' : wasLocked(base);
  return { ...(opens && ACTIVE), ...(isLocked(write.presence, { before: heldLocked, shown: before }) && LOCKED) };
}

const ACTIVE = { presence: 'active' } as const;
const LOCKED = { locked: true } as const;

function isOpening(shown: Presence | undefined, current: RequestedAccount | undefined): boolean {
  return shown === undefined || current?.presence === 'absent';
}

function wasLocked({ locked, presence }: RequestedAccount): boolean {
  return locked === true || presence === 'disabled';
}

/** Who is locked for another reason and is sent back as shown is not locked by this request. */
function isLocked(stated: Presence | undefined, { before, shown }: { readonly before: boolean; readonly shown: Presence | undefined }): boolean {
  if (stated === undefined) return before;
  return stated === 'disabled' && (before || shown !== 'disabled');
}

function attributesOf({ shown, person, write }: AccountRequest, base: RequestedAccount): Pick<RequestedAccount, 'attributes'> {
  const attributes = attributesAfter(base.attributes ?? {}, { shown: shown?.attributes ?? person, person, stated: write.attributes ?? {} });
  return Object.keys(attributes).length > 0 ? { attributes } : {};
}

function assignmentsOf(request: AccountRequest, base: RequestedAccount): Pick<RequestedAccount, 'grants' | 'revokes'> {
  const { shown, by, generation } = request;
  const held = shown?.entitlements ?? [];
  const { added, removed } = difference(held, request.write);
  const made = ({ type, value }: Assignment): RequestedEntitlement => ({ type, value, by, since: generation });
  const ended = removed.filter((one) => mayBeTaken(one, request));
  const stillRevoked = without(base.revokes, added);
  // What nobody but a request gave ends with the request; what somebody gave at the target has to be taken there.
  const needsRevoke = ended.filter((one) => !onlyRequested(one));
  return {
    grants: [...without(base.grants, ended), ...added.filter((one) => !includes(base.grants, one)).map(made)],
    revokes: [...stillRevoked, ...needsRevoke.filter((one) => !includes(stillRevoked, one)).map(made)],
  };
}

export interface Difference {
  readonly added: readonly Assignment[];
  readonly removed: readonly ShownAssignment[];
}

/** PURE. What a write adds to the entitlements that were shown, and takes from them. */
export function difference(held: readonly ShownAssignment[], { entitlements, add = [], remove = [] }: AccountWrite): Difference {
  const listed = entitlements?.items ?? [];
  const types = entitlements?.types ?? [];
  const dropped = held.filter((one) => (types.includes(one.type) && !includes(listed, one)) || includes(remove, one));
  return { added: distinct([...listed, ...add]).filter((one) => !includes(held, one)), removed: dropped };
}

function mayBeTaken(one: ShownAssignment, { ruleGiven }: AccountRequest): boolean {
  const rule = one.rules.find((name) => !isRequest(name));
  if (rule === undefined || ruleGiven === 'deny') return true;
  throw ScimError.of('mutability', `The ${one.type} "${one.value}" is given by the rule "${rule}"; change the rule or the person, not this account.`);
}

const isRequest = (rule: string): boolean => rule.startsWith('request:');

function onlyRequested({ rules }: ShownAssignment): boolean {
  return rules.length > 0 && rules.every(isRequest);
}

function includes(list: readonly Assignment[], { type, value }: Assignment): boolean {
  return list.some((one) => one.type === type && one.value === value);
}

function without<T extends Assignment>(list: readonly T[], gone: readonly Assignment[]): readonly T[] {
  return list.filter((one) => !includes(gone, one));
}

function distinct(list: readonly Assignment[]): readonly Assignment[] {
  return list.filter((one, at) => list.findIndex((other) => other.type === one.type && other.value === one.value) === at);
}
