import type { PatchOperation } from '@rolebridge/scim';
import { isObject } from '@rolebridge/scim';
import type { Intent } from '../decide/change.ts';
import { returnKeysOf } from '../decide/returning.ts';
import type { Lookup } from './users.store.ts';

/** Whom intents may concern. */
export function lookupOf(intents: readonly Intent[], returnByUserName: boolean): Lookup {
  const created = intents.flatMap(({ change }) => ((change.kind === 'create' || change.kind === 'account') && change.user ? [change.user] : []));
  return {
    ids: intents.flatMap(({ userId }) => userId ?? []),
    userNames: intents.flatMap(({ change }) => userNamesOf(change)),
    returning: created.map((user) => returnKeysOf(user, returnByUserName)),
  };
}

function userNamesOf(change: Intent['change']): readonly string[] {
  if ('user' in change) return change.user ? [change.user.userName] : [];
  return change.kind === 'patch' ? change.operations.flatMap(renamedBy) : [];
}

const isName = (name: string): boolean => /(^|:)username$/i.test(name);

/** The login that a PATCH operation sets, if it does. */
function renamedBy({ path, value }: PatchOperation): readonly string[] {
  if (path !== undefined) return isName(path) && typeof value === 'string' ? [value] : [];
  const members = isObject(value) ? Object.entries(value) : [];
  return members.flatMap(([name, member]) => (isName(name) && typeof member === 'string' ? [member] : []));
}
