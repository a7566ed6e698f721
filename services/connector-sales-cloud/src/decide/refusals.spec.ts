import type { DesiredAccount, ScimUser } from '@rolebridge/contracts';
import { keyCandidates } from './keys.ts';
import { aWish, list, messageOf, planFor, someSettings, unitList } from './wishes.fixture.ts';

/** refused for that user with the field named, or sent as it is; never cut, never half. */

interface Case {
  readonly about: string;
  readonly attributes?: Partial<ScimUser>;
  readonly wish?: Partial<DesiredAccount>;
  readonly code: string;
  readonly field: string;
}

const lone = '\uD83D';

const CASES: readonly Case[] = [
  { about: 'a login of 41 characters', attributes: { userName: 'x'.repeat(41) }, code: 'field-too-long', field: 'userName' },
  { about: 'a login with a line break', attributes: { userName: 'a\nb' }, code: 'field-invalid', field: 'userName' },
  { about: 'a login with a blank at its end', attributes: { userName: 'ab ' }, code: 'field-invalid', field: 'userName' },
  { about: 'no family name', attributes: { name: { givenName: 'Li' } }, code: 'field-missing', field: 'name.familyName' },
  { about: 'a blank family name', attributes: { name: { familyName: '  ' } }, code: 'field-missing', field: 'name.familyName' },
  { about: 'a family name of 241 characters', attributes: { name: { familyName: 'x'.repeat(241) } }, code: 'field-too-long', field: 'name.familyName' },
  { about: 'U+0000 in a name', attributes: { name: { familyName: 'a\u0000b' } }, code: 'character-not-allowed', field: 'name.familyName' },
  { about: 'a lone surrogate in a name', attributes: { name: { familyName: 'Ng', givenName: `a${lone}` } }, code: 'character-not-allowed', field: 'name.givenName' },
  { about: 'an escape character in a name', attributes: { name: { familyName: '\u001B[31m' } }, code: 'character-not-allowed', field: 'name.familyName' },
  { about: 'U+FFFF in a name', attributes: { name: { familyName: 'a\uFFFF' } }, code: 'character-not-allowed', field: 'name.familyName' },
  { about: 'an e-mail address without @', attributes: { emails: [{ value: 'nobody' }] }, code: 'field-invalid', field: 'emails' },
  { about: 'an e-mail address with a blank', attributes: { emails: [{ value: 'a b@example.org' }] }, code: 'field-invalid', field: 'emails' },
  { about: 'a phone number of 101 characters', attributes: { phoneNumbers: [{ type: 'work', value: '1'.repeat(101) }] }, code: 'field-too-long', field: 'phoneNumbers[type eq "work"]' },
  { about: 'a unit of 21 characters', wish: { entitlements: { unit: unitList(['100', 'x'.repeat(21)]) } }, code: 'field-too-long', field: 'entitlements.unit[1]' },
  { about: 'a role of 256 characters', wish: { entitlements: { role: list(['x'.repeat(256)]) } }, code: 'field-too-long', field: 'entitlements.role[0]' },
  { about: 'an empty role', wish: { entitlements: { role: list(['']) } }, code: 'field-missing', field: 'entitlements.role[0]' },
  { about: 'a role with a line break', wish: { entitlements: { role: list(['A\r\nB']) } }, code: 'field-invalid', field: 'entitlements.role[0]' },
];

test.each(CASES)('$about is refused and the field is named', ({ attributes, wish, code, field }) => {
  const plan = planFor(aWish(wish, attributes));
  expect(plan).toMatchObject({ kind: 'refuse', failure: { kind: 'rejected', code, field } });
  if (plan.kind === 'refuse') expect(plan.failure.message).toContain(field);
});

test('no message of a refusal quotes what somebody is called', () => {
  const plan = planFor(aWish({}, { userName: `secret-${'x'.repeat(40)}` }));
  expect(JSON.stringify(plan)).not.toContain('secret');
});

test('40 emojis are 40 characters', () => {
  expect(messageOf(planFor(aWish({}, { userName: '😀'.repeat(40) }))).identity?.identityId).toHaveLength(80);
  expect(planFor(aWish({}, { userName: '😀'.repeat(41) })).kind).toBe('refuse');
});

describe('keys', () => {
  const user = (userName: string) => aWish({}, { userName });

  test('the second choice carries a piece of the user id, so that nobody takes over another one’s account', () => {
    expect(keyCandidates(user('LNG'), someSettings())).toEqual(['LNG', 'LNG-e1f0a001']);
  });

  test('of two people who joined in the same minute and take over the same login differ: the beginning of an id is the time', () => {
    const heir = (userId: string) => keyCandidates({ ...user('LNG'), userId }, someSettings())[1];
    expect(heir('01a202a8-1b7d-7c55-9a53-2f9be1f0a001')).not.toBe(heir('01a202a8-9c11-7f02-8b1d-6d40c3a7b522'));
  });

  test('fit the length of their element', () => {
    const [first, second] = keyCandidates(user('x'.repeat(20)), someSettings({ keyElement: 'ReceiverEmployeeID' }));
    expect([first?.length, second]).toEqual([20, `${'x'.repeat(11)}-e1f0a001`]);
    expect(keyCandidates(user('x'.repeat(21)), someSettings({ keyElement: 'ReceiverEmployeeID' }))).toEqual([]);
  });

  test('come from the field that the settings name', () => {
    const wish = aWish({}, { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: '700123' } });
    expect(keyCandidates(wish, someSettings({ accountKey: 'employeeNumber' }))[0]).toBe('700123');
    expect(keyCandidates(wish, someSettings({ accountKey: 'userId' }))[0]).toBe(wish.userId);
    expect(keyCandidates(aWish(), someSettings({ accountKey: 'employeeNumber' }))).toEqual([]);
  });
});
