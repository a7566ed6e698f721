import { complex, flag, instant, list, reference, text, values } from './attribute.ts';
import type { Schema } from './attribute.ts';
import { URN } from './urns.ts';

/** Longest `userName`, in UTF-16 code units. Targets may allow less; their connectors refuse what does not fit. */
export const USER_NAME_MAX_LENGTH = 255;
const KEY_MAX_LENGTH = 255;
/** RFC 5321 §4.5.3.1: 64 before the `@`, 255 behind it. */
const EMAIL_MAX_LENGTH = 320;

const readOnly = { mutability: 'readOnly' } as const;

/** RFC 7643 §4.1, without `password`: passwords are not ours, one that is sent is ignored and never stored. */
const coreUser: Schema = {
  id: URN.user,
  name: 'User',
  description: 'User account',
  attributes: [
    text('userName', 'Login name; unique among users that are not deleted, compared without case.', {
      required: true,
      uniqueness: 'server',
      maxLength: USER_NAME_MAX_LENGTH,
    }),
    text('externalId', "The record's id at the caller.", { caseExact: true, maxLength: KEY_MAX_LENGTH }),
    complex('name', "The components of the person's name.", [
      text('formatted', 'The full name.'),
      text('familyName', 'The family name.'),
      text('givenName', 'The given name.'),
      text('middleName', 'The middle names.'),
      text('honorificPrefix', 'The title in front of the name.'),
      text('honorificSuffix', 'The suffix behind the name.'),
    ]),
    text('displayName', 'The name for display.'),
    text('nickName', 'The casual name.'),
    reference('profileUrl', 'Address of an online profile.', ['external']),
    text('title', 'The job title.'),
    text('userType', 'The relationship to the organisation, e.g. employee.'),
    text('preferredLanguage', 'The preferred language.'),
    text('locale', 'The locale, e.g. en-GB.'),
    text('timezone', 'The time zone, e.g. Europe/Berlin.'),
    flag('active', 'Whether the person may use the accounts; false locks them.'),
    values('emails', 'E-mail addresses.', ['work', 'home', 'other'], text('value', 'An e-mail address.', { required: true, maxLength: EMAIL_MAX_LENGTH })),
    values('phoneNumbers', 'Phone numbers.', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    values('ims', 'Addresses for instant messages.'),
    values('photos', 'Addresses of photos.', ['photo', 'thumbnail'], reference('value', 'Address of a photo.', ['external'], { required: true })),
    list('addresses', 'Postal addresses.', [
      text('formatted', 'The whole address.'),
      text('streetAddress', 'Street and number.'),
      text('locality', 'City.'),
      text('region', 'State or region.'),
      text('postalCode', 'Postal code.'),
      text('country', 'Country.'),
      text('type', 'A label of its use.', { canonicalValues: ['work', 'home', 'other'] }),
      flag('primary', 'The preferred address; true at most once.'),
    ]),
    list('groups', 'Groups of this person; membership is written on the group.', [
      text('value', 'Id of the group.', { ...readOnly, maxLength: KEY_MAX_LENGTH }),
      reference('$ref', 'Address of the group.', ['Group'], readOnly),
      text('display', 'Name of the group.', readOnly),
      text('type', 'direct, or indirect through a group in the group.', { ...readOnly, canonicalValues: ['direct', 'indirect'] }),
    ], readOnly),
    values('entitlements', 'Entitlements, as the source names them.'),
    values('roles', 'Roles, as the source names them.'),
  ],
};

/** RFC 7643 §4.3. */
const enterpriseUser: Schema = {
  id: URN.enterpriseUser,
  name: 'EnterpriseUser',
  description: 'Enterprise user',
  attributes: [
    text('employeeNumber', 'Number of the employment.', { maxLength: KEY_MAX_LENGTH, takesNumbers: true }),
    text('costCenter', 'Cost centre.', { takesNumbers: true }),
    text('organization', 'Organisation.'),
    text('division', 'Division.'),
    text('department', 'Department.'),
    complex('manager', "The person's manager.", [
      text('value', "Id of the manager's user.", { caseExact: true }),
      text('displayName', "The manager's name for display."),
    ]),
  ],
};

/** Attributes of SAP's extension that Rolebridge uses (SAP-docs, Identity Authentication: `identity-authentication-f217bd3.md`). */
const sapUser: Schema = {
  id: URN.sapUser,
  name: 'SAPUser',
  description: 'SAP user',
  attributes: [
    text('userUuid', 'Global User ID; never changes.', { caseExact: true, maxLength: KEY_MAX_LENGTH }),
    text('userId', 'Id in the Identity Directory.', { caseExact: true, maxLength: KEY_MAX_LENGTH }),
    text('status', 'new, active or inactive.'),
    instant('validFrom', 'First instant or day of validity; before it the person counts as locked.', { canonicalValues: ['1970-01-01T00:00:00Z'] }),
    instant('validTo', 'Last instant or day of validity; after it the person counts as locked. The canonical value means: without end.', { canonicalValues: ['9999-12-31T23:59:59Z'] }),
    text('sourceSystem', 'Number of the source system.', { takesNumbers: true }),
    text('sourceSystemId', 'Id of the source system.'),
  ],
};

/** The extension with free attributes that IPS sends; the URN differs per customer. */
const customUser = (id: string): Schema => ({
  id,
  name: 'CustomUser',
  description: 'Customer attributes',
  attributes: [
    list('attributes', 'Pairs of name and value.', [
      text('name', 'Name of the attribute.', { required: true, maxLength: KEY_MAX_LENGTH }),
      // 300 000: ten thousand units of 30 characters in one list.
      text('value', 'Value of the attribute; empty means: stated to be none.', { keepsEmpty: true, takesNumbers: true, maxLength: 300_000 }),
    ], { required: true }),
  ],
});

export interface UserSchemas {
  readonly core: Schema;
  readonly extensions: readonly Schema[];
}

/** The schemas of a user as served, with one custom extension per configured URN. */
export function userSchemas(customExtensions: readonly string[]): UserSchemas {
  return { core: coreUser, extensions: [enterpriseUser, sapUser, ...customExtensions.map(customUser)] };
}
