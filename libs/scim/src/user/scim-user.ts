import type { URN } from '../schema/urns.ts';

export interface NameOfUser {
  readonly formatted?: string;
  readonly familyName?: string;
  readonly givenName?: string;
  readonly middleName?: string;
  readonly honorificPrefix?: string;
  readonly honorificSuffix?: string;
}

export interface ValueOfUser {
  readonly value: string;
  readonly type?: string;
  readonly primary?: boolean;
  readonly display?: string;
}

/** A group that an event source states for a person, in the person's own document. */
export interface GroupOfUser {
  readonly value: string;
  readonly display?: string;
  readonly type?: string;
}

export interface CustomAttributes {
  readonly attributes?: readonly { readonly name: string; readonly value?: string }[];
}

/**
 * A user after reading: only attributes the schemas know, in their spelling and type, everything in the shape v2.
 * Without `schemas`, `id` and `meta`, which belong to the answer.
 */
export interface User {
  readonly userName: string;
  readonly externalId?: string;
  readonly name?: NameOfUser;
  readonly displayName?: string;
  readonly nickName?: string;
  readonly title?: string;
  readonly userType?: string;
  readonly preferredLanguage?: string;
  readonly locale?: string;
  readonly timezone?: string;
  readonly active?: boolean;
  readonly emails?: readonly ValueOfUser[];
  readonly phoneNumbers?: readonly ValueOfUser[];
  readonly groups?: readonly GroupOfUser[];
  readonly [URN.enterpriseUser]?: {
    readonly employeeNumber?: string;
    readonly costCenter?: string;
    readonly organization?: string;
    readonly division?: string;
    readonly department?: string;
    readonly manager?: { readonly value?: string; readonly displayName?: string };
  };
  readonly [URN.sapUser]?: {
    readonly userUuid?: string;
    readonly userId?: string;
    readonly status?: string;
    readonly validFrom?: string;
    readonly validTo?: string;
    readonly sourceSystem?: string;
    readonly sourceSystemId?: string;
  };
  /** Other attributes of RFC 7643 and the configured custom extensions ({@link CustomAttributes}), by name or URN. */
  readonly [attribute: string]: unknown;
}
