import { SCIM_URN } from '@rolebridge/contracts';
import { changeOf } from './attributes.ts';
import { attributesOf, nested, wishedAttributes } from './mapping.ts';

const E = SCIM_URN.enterpriseUser;

test('the primary e-mail stands first, is of type work unless stated, and only the first is primary', () => {
  const user = { userName: 'a', emails: [{ value: 'b@x.org', type: 'home' }, { value: 'a@x.org', primary: true }, { value: '' }] };
  expect(wishedAttributes(user)['emails']).toEqual([{ value: 'a@x.org', type: 'work', primary: true }, { value: 'b@x.org', type: 'home' }]);
});

test.each([['Mr.', 'Mr.'], ['Dr.', 'Dr.'], ['Prof.', undefined], ['mr.', undefined]])('the prefix %s is sent as %s', (honorificPrefix, sent) => {
  expect(wishedAttributes({ userName: 'a', name: { honorificPrefix } })['name.honorificPrefix']).toBe(sent);
});

test('empty texts, foreign attributes and wrong types are no value', () => {
  expect(wishedAttributes({ userName: 'a', title: '', nickName: 'Kim', phoneNumbers: [{ value: '1' }], 'urn:custom': { x: 1 }, addresses: [{}], [E]: { costCenter: '', manager: {} } })).toEqual({});
  expect(attributesOf({ displayName: 7, emails: 'a@x.org', [E]: 'text' })).toEqual({});
});

test('nesting and flattening are each other\'s inverse', () => {
  const attributes = { 'name.givenName': 'Kim', 'name.familyName': 'Mora', emails: [{ value: 'a@x.org', type: 'work', primary: true }], [`${E}:department`]: 'D', [`${E}:manager.value`]: 'm', [`${E}:manager.displayName`]: 'M', [`${SCIM_URN.sapUser}:userUuid`]: 'u' };
  expect(attributesOf(nested(attributes))).toEqual(attributes);
  expect(nested(attributes)[E]).toEqual({ department: 'D', manager: { value: 'm', displayName: 'M' } });
});

test('a change clears what was ours, keeps what was never ours, and leaves out what only creation takes', () => {
  const wished = { displayName: 'Kim', [`${E}:division`]: 'D2' };
  const observed = { displayName: 'Kim', title: 'Buyer', timezone: 'Europe/Berlin', [`${E}:division`]: 'D1' };
  expect(changeOf(wished, observed, ['displayName', 'title'])).toEqual({ merged: { displayName: 'Kim', timezone: 'Europe/Berlin' }, operations: [{ op: 'remove', path: 'title' }] });
});
