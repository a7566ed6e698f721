import { nextGeneration } from '@rolebridge/contracts';
import type { Cause, Presence, UserId } from '@rolebridge/contracts';
import { applyPatch, sameJson, ScimError, URN } from '@rolebridge/scim';
import type { User, UserModel } from '@rolebridge/scim';
import type { Change, PersonIntent } from './change.ts';
import type { UserRow } from './user-row.ts';
import { checkVersion } from './versions.ts';

/** What a decision needs and may not fetch itself. */
export interface Context {
  readonly model: UserModel;
  /** Epoch in which generations are issued (L6). */
  readonly epoch: number;
  /** ISO 8601, UTC. */
  readonly now: string;
  readonly newId: () => UserId;
}

export type Decision =
  | { readonly kind: 'changed'; readonly next: UserRow }
  /** Nothing to write, no event, no new generation. */
  | { readonly kind: 'unchanged'; readonly row: UserRow }
  | { readonly kind: 'refused'; readonly error: ScimError };

/**
 * PURE. Decides what becomes of a user. `current` is the stored row, also when the person was deleted: then only a create
 * finds it, as a return (L20).
 */
export function decide(current: UserRow | undefined, intent: PersonIntent, context: Context): Decision {
  try {
    if (intent.change.kind === 'create') return decideCreate(current, intent.change, intent, context);
    if (!current || current.presence === 'absent') return refuse(ScimError.plain(404, 'There is no user with this id.'));
    checkVersion(current, intent.ifMatch);
    return settle(current, outcomeOf(current, intent.change, context.model), { cause: causeOf(intent, context), context });
  } catch (error) {
    if (error instanceof ScimError) return refuse(error);
    throw error;
  }
}

function decideCreate(current: UserRow | undefined, change: Extract<Change, { kind: 'create' }>, intent: PersonIntent, context: Context): Decision {
  const created = { cause: causeOf(intent, context), context };
  if (!current) return { kind: 'changed', next: newRow(change.user, created) };
  if (current.presence === 'absent') return settle({ ...current, source: intent.by }, { user: change.user, presence: presenceOf(change.user) ?? 'active' }, created);
  if (change.ifExists === 'refuse') return refuse(nameTaken());
  const outcome = outcomeOf(current, { kind: 'replace', user: change.user }, context.model);
  return settle(current, outcome, { context, cause: { ...created.cause, operation: 'replace' } });
}

/** Another user that is not deleted has this login. */
export function nameTaken(): ScimError {
  return ScimError.of('uniqueness', 'Another user has this userName.');
}

interface Outcome {
  readonly user: User;
  readonly presence: Presence;
  /** A PATCH took the statement `active` away: nothing is said about it, and the presence stays. */
  readonly silent?: boolean;
}

function outcomeOf(current: UserRow, change: Exclude<Change, { kind: 'create' }>, model: UserModel): Outcome {
  switch (change.kind) {
    case 'replace':
      return { user: keepUnstated(current.user, change.user), presence: presenceOf(change.user) ?? current.presence };
    case 'patch':
      return patched(current, applyPatch(current.user, change.operations, model));
    case 'lock':
      return { user: current.user, presence: 'disabled' };
    case 'unlock':
      return { user: current.user, presence: 'active' };
    case 'delete':
      return { user: current.user, presence: 'absent' };
  }
}

/** `active` and SAP's `status` say the same thing; whichever a PATCH has touched counts, `active` first. */
function patched(current: UserRow, user: User): Outcome {
  const statusChanged = user[URN.sapUser]?.status !== current.user[URN.sapUser]?.status;
  const presence = user.active === current.user.active && statusChanged ? statusOf(user) : presenceOf(user);
  return { user, presence: presence ?? current.presence, silent: user.active === undefined };
}

/** What the user says about being usable; `undefined` when it says nothing. */
function presenceOf(user: User): 'active' | 'disabled' | undefined {
  if (user.active === undefined) return statusOf(user);
  return user.active ? 'active' : 'disabled';
}

function statusOf(user: User): 'active' | 'disabled' | undefined {
  const status = user[URN.sapUser]?.status?.toLowerCase();
  if (status === 'inactive') return 'disabled';
  return status === 'active' ? 'active' : undefined;
}

/** A replacement ends what it does not name, except groups (no statement) and the Global User ID, which never changes. */
function keepUnstated(held: User, given: User): User {
  const uuid = held[URN.sapUser]?.userUuid;
  const keepsUuid = uuid !== undefined && given[URN.sapUser]?.userUuid === undefined;
  return {
    ...given,
    ...(held.groups && !given.groups && { groups: held.groups }),
    ...(keepsUuid && { [URN.sapUser]: { ...given[URN.sapUser], userUuid: uuid } }),
  };
}

interface Circumstances {
  readonly cause: Cause;
  readonly context: Context;
}

function newRow(user: User, { cause, context }: Circumstances): UserRow {
  const presence = presenceOf(user) ?? 'active';
  return {
    id: context.newId(),
    generation: nextGeneration(context.epoch, undefined),
    presence,
    user: { ...user, active: presence === 'active' },
    requested: {},
    source: cause.by,
    cause,
    created: context.now,
    modified: context.now,
  };
}

/** `active` says the same as the presence, unless a PATCH took the statement away. */
function stated({ user, presence, silent = false }: Outcome): User {
  return silent ? user : { ...user, active: presence === 'active' };
}

function settle(current: UserRow, outcome: Outcome, { cause, context }: Circumstances): Decision {
  const { presence } = outcome;
  const next = stated(outcome);
  const locked = isLocked(current, presence, cause);
  const same = presence === current.presence && sameJson(next, current.user) && (!locked || current.cause.locked === true);
  const narrow = narrowed(current, cause);
  if (same && narrow.requestedOnly === current.requestedOnly) return { kind: 'unchanged', row: current };
  const generation = nextGeneration(context.epoch, current.generation);
  const { memberOf: _, requestedOnly: __, ...rest } = current;
  return { kind: 'changed', next: { ...rest, ...narrow, ...staying(current, presence), generation, presence, user: next, cause: locked ? { ...cause, locked } : cause, modified: context.now } };
}

/** Who leaves leaves all groups too, and what was requested for accounts ends with them (L10). */
function staying({ memberOf }: UserRow, presence: Presence): Partial<Pick<UserRow, 'memberOf' | 'requested'>> {
  if (presence === 'absent') return { requested: {} };
  return memberOf ? { memberOf } : {};
}

/** A lock is known as long as it lasts, whatever else is changed: no brake may hold it back (L25). Also one of somebody who was disabled already. */
function isLocked(current: UserRow, presence: Presence, { operation }: Cause): boolean {
  return presence === 'disabled' && (operation === 'lock' || current.cause.locked === true);
}

/** Whoever speaks of the whole person makes known here somebody who was known for single accounts only: from now on rules decide. */
function narrowed({ requestedOnly }: UserRow, { operation }: Cause): Pick<UserRow, 'requestedOnly'> {
  return requestedOnly && operation !== 'create' && operation !== 'replace' ? { requestedOnly } : {};
}

function causeOf({ change, by, correlationId, event }: PersonIntent, { now }: Context): Cause {
  return { operation: change.kind, at: now, by, correlationId, ...(event !== undefined && { event }) };
}

function refuse(error: ScimError): Decision {
  return { kind: 'refused', error };
}
