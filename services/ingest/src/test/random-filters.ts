import { URN } from '@rolebridge/scim';
import * as fc from 'fast-check';
import { someText } from './random-users.ts';

const text = someText.map((value) => JSON.stringify(value));
const moment = fc.constantFrom('"2026-01-31T00:00:00Z"', '"2026-01-31"', '"2025-12-31T23:59:59.999Z"', '"2026-06-01T00:00:05Z"', '"2026-01-31T02:00:00+02:00"');
const textOp = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'EQ', 'Co');
const order = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le');
const equality = fc.constantFrom('eq', 'ne');

const textPath = fc.constantFrom(
  'userName', 'USERNAME', `${URN.user}:userName`, 'externalId', 'displayName', 'title', 'name.familyName', 'name.GIVENNAME', `${URN.user}:name.familyName`, 'id', 'meta.resourceType', 'meta.version', 'meta.location',
  'schemas', 'phoneNumbers', 'phoneNumbers.value', 'phoneNumbers.type', 'roles.display', 'emails', 'employeeNumber', `${URN.enterpriseUser}:employeeNumber`, `${URN.enterpriseUser.toLowerCase()}:manager.value`, `${URN.enterpriseUser}:manager`,
  `${URN.sapUser}:status`, `${URN.sapCustomUser}:attributes.name`, `${URN.sapCustomUser}:attributes`,
);
const momentPath = fc.constantFrom('meta.created', 'meta.lastModified', `${URN.sapUser}:validFrom`, 'validFrom', 'validTo');
const flagPath = fc.constantFrom('active', 'phoneNumbers.primary', 'roles.primary');
const anyPath = fc.oneof(textPath, momentPath, flagPath, fc.constantFrom('name', 'meta', 'phoneNumbers', 'roles', 'emails', URN.enterpriseUser, URN.sapCustomUser, `${URN.enterpriseUser}:manager`, 'addresses.country'));

const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((words) => words.join(' '));
const sub = fc.constantFrom('value', 'type', 'display', 'VALUE');

const inner = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    joined(sub, textOp, text),
    joined(sub, fc.constant('pr')),
    joined(sub, equality, fc.constant('null')),
    joined(fc.constant('primary'), equality, fc.constantFrom('true', 'false')),
    joined(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')),
    tie('filter').map((filter) => `not (${filter})`),
  ),
})).filter;

/** Filters that are right in form: every operator over every kind of attribute, nested. */
export const someFilter: fc.Arbitrary<string> = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    joined(textPath, textOp, text),
    joined(momentPath, order, moment),
    joined(flagPath, equality, fc.constantFrom('true', 'false')),
    joined(anyPath, fc.constant('pr')),
    joined(fc.oneof(textPath, momentPath), equality, fc.constant('null')),
    fc.tuple(fc.constantFrom('phoneNumbers', 'roles', 'emails'), inner).map(([path, filter]) => `${path}[${filter}]`),
    joined(tie('filter'), fc.constantFrom('and', 'or', 'AND'), tie('filter')),
    tie('filter').map((filter) => `(${filter})`),
    tie('filter').map((filter) => `not (${filter})`),
  ),
})).filter;
