import { SCIM_URN } from '@rolebridge/contracts';
import { attributesOf } from '../decide/mapping.ts';
import { accountOf, accountsOf, errorText } from './scim.schema.ts';

test('extensions are read from resourceExtensions or from the top level', () => {
  const nested = accountOf({ id: '1', userName: 'a', active: true, displayName: 'A', resourceExtensions: { [SCIM_URN.enterpriseUser]: { costCenter: 'C1' } } });
  const flat = accountOf({ id: '1', userName: 'a', active: true, displayName: 'A', [SCIM_URN.enterpriseUser]: { costCenter: 'C1' } });
  expect(nested).toEqual(flat);
  expect(attributesOf(nested?.resource ?? {})).toEqual({ displayName: 'A', [`${SCIM_URN.enterpriseUser}:costCenter`]: 'C1' });
});

test.each([null, 'text', [], {}, { id: 1, userName: 'a' }, { id: '', userName: 'a' }, { id: '1' }])('%j is not a user', (value) => {
  expect(accountOf(value)).toBeUndefined();
});

test('a list may leave out Resources only when it is empty', () => {
  expect(accountsOf({ totalResults: 0 })).toEqual([]);
  expect(accountsOf({ totalResults: 1 })).toBeUndefined();
  expect(accountsOf({ totalResults: 1, Resources: [{ id: '1' }] })).toBeUndefined();
});

test('an error message tells type and detail', () => {
  expect(errorText({ scimType: 'invalidValue', detail: 'bad', status: '400' })).toBe('invalidValue: bad');
  expect(errorText('proxy error')).toBe('');
});
