import { URN } from '@rolebridge/scim';
import type { User } from '@rolebridge/scim';
import { userNameKey } from './user-row.ts';
import type { UserRow } from './user-row.ts';

/** What a person who left can be known by again, strongest first (L20). */
export interface ReturnKeys {
  readonly userUuid?: string;
  readonly employeeNumber?: string;
  readonly externalId?: string;
  /** Only where it is configured: logins are given to other people after a while. */
  readonly userName?: string;
}

const STRONGEST_FIRST = ['userUuid', 'employeeNumber', 'externalId', 'userName'] as const satisfies readonly (keyof ReturnKeys)[];

export function returnKeysOf(user: User, byUserName: boolean): ReturnKeys {
  const userUuid = user[URN.sapUser]?.userUuid;
  const employeeNumber = user[URN.enterpriseUser]?.employeeNumber;
  return {
    ...(userUuid && { userUuid }),
    ...(employeeNumber && { employeeNumber }),
    ...(user.externalId && { externalId: user.externalId }),
    ...(byUserName && { userName: userNameKey(user.userName) }),
  };
}

/**
 * The deleted person that this user is, if any. The strongest key that finds somebody decides; when it finds several people, nobody
 * is taken: a new person is better than a mixed one. Two different Global User IDs are never one person.
 *
 * @param left rows with presence `absent`
 */
export function findReturning(user: User, source: string, left: readonly UserRow[], byUserName: boolean): UserRow | undefined {
  const wanted = returnKeysOf(user, byUserName);
  const possible = left.filter((row) => !contradicts(row, wanted));
  for (const name of STRONGEST_FIRST) {
    const found = wanted[name] === undefined ? [] : possible.filter((row) => matches(row, name, wanted, source));
    if (found.length > 0) return found.length === 1 ? found[0] : undefined;
  }
  return undefined;
}

function matches(row: UserRow, name: keyof ReturnKeys, wanted: ReturnKeys, source: string): boolean {
  const ownSource = name !== 'externalId' || row.source === source;
  return ownSource && returnKeysOf(row.user, true)[name] === wanted[name];
}

function contradicts(row: UserRow, wanted: ReturnKeys): boolean {
  const held = row.user[URN.sapUser]?.userUuid;
  return held !== undefined && wanted.userUuid !== undefined && held !== wanted.userUuid;
}
