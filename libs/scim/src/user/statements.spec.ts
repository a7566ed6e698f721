import { URN } from '../schema/urns.ts';
import { userModel } from '../schema/user-model.ts';
import { readUser } from './read-user.ts';
import { DEFAULT_STATEMENTS, splitList, statementsOf } from './statements.ts';
import type { StatementSettings } from './statements.ts';

const CUSTOMER = 'urn:acme:cloud:scim:schemas:extension:custom:2.0:User';
const settings: StatementSettings = { ...DEFAULT_STATEMENTS, extensions: [URN.sapCustomUser, CUSTOMER] };
const model = userModel(settings.extensions);
const withAttributes = (attributes: readonly object[], urn: string = URN.sapCustomUser) => readUser({ userName: 'a', [urn]: { attributes } }, model);

test.each([
  ['100, 200,', ['100', '200']],
  ['', []],
  [' , ,', []],
  ['b,a,b , a', ['b', 'a']],
  ['A1,a1', ['A1', 'a1']],
  ['100', ['100']],
  ['Sales; West,East', ['Sales; West', 'East']],
])('the list %p is %p (R-11)', (text, items) => {
  expect(splitList(text, ',')).toEqual(items);
});

describe('absent, empty and filled are three things (R-12)', () => {
  test.each([
    ['no extension', readUser({ userName: 'a' }, model), {}],
    ['attribute missing', withAttributes([{ name: 'other', value: 'x' }]), {}],
    ['value null', withAttributes([{ name: 'z_roles', value: null }]), {}],
    ['value empty', withAttributes([{ name: 'z_roles', value: '' }, { name: 'z_assignedInstitutes', value: ' , ' }, { name: 'z_primaryInstitute', value: '' }]), { roles: [], units: [] }],
    ['filled', withAttributes([{ name: 'z_roles', value: 'R1,R2' }, { name: 'z_assignedInstitutes', value: '100, 200,' }, { name: 'Z_PRIMARYINSTITUTE', value: ' 100' }]), { roles: ['R1', 'R2'], units: ['100', '200'], primaryUnit: '100' }],
    ['in the customer extension', withAttributes([{ name: 'z_roles', value: 'R1' }], CUSTOMER), { roles: ['R1'] }],
  ])('%s', (_, user, expected) => {
    expect(statementsOf(user, settings)).toEqual(expected);
  });
});

test('names, separator and the case rule of units are configurable', () => {
  const user = withAttributes([{ name: 'customAttribute1', value: 'a1|A1|b2' }, { name: 'customAttribute2', value: 'b2' }, { name: 'customAttribute3', value: 'x|X' }]);
  const own: StatementSettings = { ...settings, units: 'customAttribute1', primaryUnit: 'customAttribute2', roles: 'customAttribute3', separator: '|', unitCase: 'upper' };
  expect(statementsOf(user, own)).toEqual({ units: ['A1', 'B2'], primaryUnit: 'B2', roles: ['x', 'X'] });
});

test('a unit of more than 255 characters is refused, named', () => {
  expect(() => statementsOf(withAttributes([{ name: 'z_assignedInstitutes', value: 'x'.repeat(256) }]), settings)).toThrow('z_assignedInstitutes');
});
