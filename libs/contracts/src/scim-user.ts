/** URNs of RFC 7643 and of SAP's published user extension (SAP-docs, Identity Authentication SCIM API). */
export const SCIM_URN = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  enterpriseUser: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  sapUser: 'urn:ietf:params:scim:schemas:extension:sap:2.0:User',
  sapCustomUser: 'urn:sap:cloud:scim:schemas:extension:custom:2.0:User',
} as const;

export interface ScimName {
  readonly formatted?: string;
  readonly familyName?: string;
  readonly givenName?: string;
  readonly middleName?: string;
  readonly honorificPrefix?: string;
  readonly honorificSuffix?: string;
}

/** A value of a multi-valued attribute: e-mail, phone number, … (RFC 7643 §2.4). */
export interface ScimValue {
  readonly value: string;
  readonly type?: string;
  readonly primary?: boolean;
  readonly display?: string;
}

export interface ScimAddress {
  readonly formatted?: string;
  readonly streetAddress?: string;
  readonly locality?: string;
  readonly region?: string;
  readonly postalCode?: string;
  readonly country?: string;
  readonly type?: string;
  readonly primary?: boolean;
}

export interface ScimEnterpriseUser {
  readonly employeeNumber?: string;
  readonly costCenter?: string;
  readonly organization?: string;
  readonly division?: string;
  readonly department?: string;
  readonly manager?: { readonly value?: string; readonly displayName?: string };
}

export interface ScimSapUser {
  readonly userUuid?: string;
  readonly userId?: string;
  readonly status?: string;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly sourceSystem?: string;
  readonly sourceSystemId?: string;
}

/**
 * A user in the shape of RFC 7643, normalised by ingest: both shapes that IPS sends arrive here as one.
 * Never carries `password`, `id`, `meta` or `groups`; those live beside it in {@link IdentityUser}.
 */
export interface ScimUser {
  readonly userName: string;
  readonly externalId?: string;
  readonly name?: ScimName;
  readonly displayName?: string;
  readonly nickName?: string;
  readonly title?: string;
  readonly userType?: string;
  readonly preferredLanguage?: string;
  readonly locale?: string;
  readonly timezone?: string;
  readonly active?: boolean;
  readonly emails?: readonly ScimValue[];
  readonly phoneNumbers?: readonly ScimValue[];
  readonly addresses?: readonly ScimAddress[];
  readonly [SCIM_URN.enterpriseUser]?: ScimEnterpriseUser;
  readonly [SCIM_URN.sapUser]?: ScimSapUser;
  /** Further attributes and custom extensions, by name or URN, as received. */
  readonly [attribute: string]: unknown;
}
