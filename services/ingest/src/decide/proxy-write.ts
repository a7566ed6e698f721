import { nextGeneration } from '@rolebridge/contracts';
import type { AccountAttributes, Cause, RequestedAccount } from '@rolebridge/contracts';
import { isObject, sameJson, ScimError } from '@rolebridge/scim';
import type { User } from '@rolebridge/scim';
import { difference, requestAccount } from './account-request.ts';
import type { AccountWrite, RuleGiven, ShownAccount } from './account-request.ts';
import type { Context } from './decide.ts';
import type { Overlay } from './proxy-view.ts';
import type { UserRow } from './user-row.ts';

/** A write of one account by a caller. */
export interface ProxyWrite {
  readonly system: string;
  readonly operation: 'create' | 'replace' | 'patch' | 'delete';
  readonly write: AccountWrite;
  readonly by: string;
  readonly correlationId: string;
  readonly ruleGiven: RuleGiven;
}

/** What is known, under the person's lock. */
export interface Standing {
  /** Living, or somebody who left and returns; missing: nobody known. */
  readonly person?: UserRow;
  /** What the caller was shown. */
  readonly shown?: ShownAccount;
  /** The person as the caller states it, for somebody who is not known. */
  readonly stated: User;
  /** The account that is shown is nobody's so far. */
  readonly nobodys: boolean;
}

export type ProxyDecision =
  | { readonly kind: 'changed'; readonly person: UserRow; readonly overlay: Overlay }
  | { readonly kind: 'unchanged'; readonly person: UserRow };

/**
 * PURE. Decides a write of one account: the difference to what the caller was shown becomes part of the person, in a new generation (L8, L10).
 * The person's own attributes and other accounts stay as they are.
 *
 * @throws ScimError `mutability` when a rule gives what shall go
 */
export function decideProxyWrite(standing: Standing, write: ProxyWrite, context: Pick<Context, 'epoch' | 'now' | 'newId'>): ProxyDecision {
  const before = livingPerson(standing, write, context);
  const generation = nextGeneration(context.epoch, standing.person?.generation);
  const current = before.requested[write.system];
  const { shown } = standing;
  const requested = requestAccount({ current, shown, person: personAttributes(before.user), write: write.write, by: write.by, generation, ruleGiven: write.ruleGiven, adopts: standing.nobodys });
  if (before === standing.person && (requested === current || (current === undefined && sameJson(requested, NOTHING_ASKED)))) return { kind: 'unchanged', person: before };
  const cause = causeOf(write, requested, context.now);
  const person = { ...before, generation, requested: { ...before.requested, [write.system]: requested }, cause, modified: context.now };
  return { kind: 'changed', person, overlay: overlayOf({ shown, write, requested, person: before }) };
}

const NOTHING_ASKED: RequestedAccount = { grants: [], revokes: [] };

/** Somebody who is not known, or had left, is here because of this account alone: rules open no other. */
function livingPerson({ person, stated }: Standing, { by, correlationId }: ProxyWrite, { epoch, now, newId }: Pick<Context, 'epoch' | 'now' | 'newId'>): UserRow {
  if (person !== undefined && person.presence !== 'absent') return person;
  return {
    id: person?.id ?? newId(),
    generation: nextGeneration(epoch, person?.generation),
    presence: 'active',
    user: { ...stated, active: true },
    requested: {},
    requestedOnly: true,
    source: by,
    cause: { operation: 'create', at: now, by, correlationId },
    created: person?.created ?? now,
    modified: now,
  };
}

function causeOf({ operation, by, correlationId, write }: ProxyWrite, { locked }: RequestedAccount, now: string): Cause {
  const locks = locked === true && write.presence === 'disabled';
  return { operation: locks ? 'lock' : operation, at: now, by, correlationId };
}

interface Decided {
  readonly shown: ShownAccount | undefined;
  readonly write: ProxyWrite;
  readonly requested: RequestedAccount;
  readonly person: UserRow;
}

/** What callers are shown from now on, until the target has it. */
function overlayOf(decided: Decided): Overlay {
  const { shown, write, requested, person } = decided;
  if (requested.presence === 'absent') return { presence: 'absent', add: [], remove: [] };
  const { added, removed } = difference(shown?.entitlements ?? [], write.write);
  const presence = presenceShown(decided);
  const attributes = shown === undefined ? { ...personAttributes(person.user), ...write.write.attributes } : differing(shown.attributes, write.write.attributes ?? {});
  return {
    ...(presence && { presence }),
    ...(Object.keys(attributes).length > 0 && { attributes }),
    add: added.map(({ type, value }) => ({ type, value, rules: [`request:${write.by}`] })),
    remove: removed.map(({ type, value }) => ({ type, value })),
  };
}

/** Missing: as it was. Whoever is locked as a person stays locked, whatever is requested for one account. */
function presenceShown({ shown, requested, person }: Decided): 'active' | 'disabled' | undefined {
  const wished = requested.locked === true || person.presence === 'disabled' ? 'disabled' : 'active';
  return shown?.presence === wished ? undefined : wished;
}

/** The person's attributes as an account has them. */
export function personAttributes(user: User): AccountAttributes {
  const { groups: _, active: __, ...attributes } = user;
  return attributes;
}

function differing(shown: AccountAttributes, stated: AccountAttributes): AccountAttributes {
  return Object.fromEntries(Object.entries(stated).flatMap(([name, value]): [string, unknown][] => {
    const held = shown[name];
    if (sameJson(value ?? undefined, held)) return [];
    if (!name.startsWith('urn:') || !isObject(value) || !isObject(held)) return [[name, value]];
    const members = differing(held, value);
    return Object.keys(members).length > 0 ? [[name, members]] : [];
  }));
}

/** The person that an account belongs to, as far as its attributes tell. */
export function personOf(attributes: AccountAttributes): User {
  const { userName } = attributes;
  if (typeof userName !== 'string' || userName === '') throw ScimError.of('invalidValue', 'userName is required.');
  return { ...attributes, userName };
}
