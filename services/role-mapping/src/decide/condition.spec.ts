import type { IdentityUser } from '@rolebridge/contracts';

import { person, valuesOf, wishFor } from '../test/person.ts';
import type { Condition } from './rule-set.ts';

const CUSTOM = 'urn:sap:cloud:scim:schemas:extension:custom:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const anna = person({
  units: ['1000', 'PLANT10'],
  primaryUnit: '1000',
  groups: [{ id: 'g-7', name: 'Key Account Team' }],
  resource: {
    userName: 'anna',
    userType: 'Employee',
    title: 'Sales Manager',
    active: true,
    name: { familyName: 'Berg' },
    emails: [{ value: 'a@example.org', type: 'work' }, { value: 'b@example.com', type: 'home' }],
    [ENTERPRISE]: { costCenter: 'CC-12', manager: { value: 'm-1' } },
    [CUSTOM]: { attributes: [{ name: 'customAttribute1', value: 'north' }, { name: 'customAttribute2', value: 'x' }] },
  },
});

function holds(when: Condition, user: IdentityUser = anna): boolean {
  const wish = wishFor(user, { rules: { rules: [{ name: 'one', when, give: { roles: ['R'] } }] } });
  return valuesOf(wish, 'role')?.includes('R') ?? false;
}

describe('a condition on units', () => {
  test.each<[string, Condition, boolean]>([
    ['an exact unit', { unit: '1000' }, true],
    ['another exact unit', { unit: '100' }, false],
    ['a pattern at the end', { unit: '10*' }, true],
    ['a pattern at the start', { unit: '*NT10' }, true],
    ['a pattern in the middle', { unit: 'P*1*' }, true],
    ['a pattern that needs the same character twice', { unit: 'PLANT1*10' }, false],
    ['any unit', { unit: '*' }, true],
    ['one of a list', { unit: ['2000', 'PLANT*'] }, true],
    ['a prefix', { unit: { prefix: 'PLANT' } }, true],
    ['spelled out, where * is a character like others', { unit: { equals: '10*' } }, false],
    ['spelled out, one of', { unit: { oneOf: ['3', '1000'] } }, true],
    ['the primary unit', { primaryUnit: '1000' }, true],
    ['a unit that is not the primary one', { primaryUnit: 'PLANT10' }, false],
    ['another case', { unit: 'plant10' }, false],
  ])('%s', (_, when, expected) => {
    expect(holds(when)).toBe(expected);
  });

  test('codes are compared without regard to case where the system says so', () => {
    const rules = { settings: { unitCase: 'ignore' }, rules: [{ name: 'one', when: { unit: 'plant*' }, give: { roles: ['R'] } }] } as const;
    expect(valuesOf(wishFor(anna, { rules }), 'role')).toEqual(['R']);
  });
});

describe('a condition on attributes', () => {
  test.each<[string, Condition, boolean]>([
    ['equal', { attribute: { path: 'userType', equals: 'Employee' } }, true],
    ['case counts', { attribute: { path: 'userType', equals: 'employee' } }, false],
    ['unless it says not', { attribute: { path: 'userType', equals: 'employee', ignoreCase: true } }, true],
    ['attribute names in any case', { attribute: { path: 'usertype', equals: 'Employee' } }, true],
    ['one of', { attribute: { path: 'title', oneOf: ['CEO', 'Sales Manager'] } }, true],
    ['prefix', { attribute: { path: 'title', prefix: 'Sales' } }, true],
    ['present', { attribute: { path: 'title', present: true } }, true],
    ['not present', { attribute: { path: 'nickName', present: false } }, true],
    ['present is not equal', { attribute: { path: 'title', present: true, equals: 'CEO' } }, false],
    ['a boolean', { attribute: { path: 'active', equals: 'true' } }, true],
    ['a sub-attribute', { attribute: { path: 'name.familyName', equals: 'Berg' } }, true],
    ['any of several values', { attribute: { path: 'emails', equals: 'b@example.com' } }, true],
    ['values of one type', { attribute: { path: 'emails[type eq "work"].value', equals: 'b@example.com' } }, false],
    ['an extension', { attribute: { path: `${ENTERPRISE}:costCenter`, prefix: 'CC-1' } }, true],
    ['a sub-attribute of an extension', { attribute: { path: `${ENTERPRISE}:manager.value`, equals: 'm-1' } }, true],
    ['a custom attribute by name', { attribute: { path: `${CUSTOM}:attributes[name eq "customAttribute1"].value`, equals: 'north' } }, true],
    ['another custom attribute', { attribute: { path: `${CUSTOM}:attributes[name eq "customAttribute2"].value`, equals: 'north' } }, false],
    ['an attribute nobody has', { attribute: { path: 'constructor', present: true } }, false],
    ['all of a list', { attribute: [{ path: 'userType', equals: 'Employee' }, { path: 'title', equals: 'CEO' }] }, false],
  ])('%s', (_, when, expected) => {
    expect(holds(when)).toBe(expected);
  });
});

describe('a condition on groups', () => {
  test.each<[string, Condition, boolean]>([
    ['by id', { group: { id: 'g-7' } }, true],
    ['by name', { group: { name: 'Key Account*' } }, true],
    ['id and name of the same group', { group: { id: 'g-7', name: 'Other' } }, false],
    ['another group', { group: { name: 'Other' } }, false],
  ])('%s', (_, when, expected) => {
    expect(holds(when)).toBe(expected);
  });
});

describe('conditions together', () => {
  test.each<[string, Condition, boolean]>([
    ['unit and attribute', { unit: '1000', attribute: { path: 'title', prefix: 'Sales' } }, true],
    ['unit and another attribute', { unit: '1000', attribute: { path: 'title', equals: 'CEO' } }, false],
    ['all', { all: [{ unit: '1000' }, { group: { id: 'g-7' } }] }, true],
    ['any', { any: [{ unit: '9' }, { group: { id: 'g-7' } }] }, true],
    ['not', { unit: '1000', not: { unit: 'PLANT10' } }, false],
    ['everybody', { everybody: true }, true],
  ])('%s', (_, when, expected) => {
    expect(holds(when)).toBe(expected);
  });
});
