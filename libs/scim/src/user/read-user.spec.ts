import { URN } from '../schema/urns.ts';
import { userModel } from '../schema/user-model.ts';
import { readUser } from './read-user.ts';

const CUSTOMER = 'urn:acme:cloud:scim:schemas:extension:custom:2.0:User';
const model = userModel([URN.sapCustomUser, CUSTOMER]);

describe('both shapes of a user become one (R-6)', () => {
  const v2 = {
    userName: 'lng',
    name: { familyName: 'Ng', givenName: 'Li' },
    active: true,
    emails: [{ value: 'li.ng@example.org', primary: true }],
    [URN.enterpriseUser]: { employeeNumber: '700123', organization: 'ACME', costCenter: '4711' },
    [URN.sapUser]: { userUuid: '7c0b-1', sourceSystem: '39', validTo: '2026-12-31' },
  };

  test('v1: enterprise and SAP attributes at top level', () => {
    const v1 = {
      schemas: [URN.user],
      id: 'P000001',
      userName: 'lng',
      name: { familyName: 'Ng', givenName: 'Li' },
      active: true,
      emails: [{ value: 'li.ng@example.org', primary: true }],
      employeeNumber: '700123',
      organization: 'overwritten by company',
      company: 'ACME',
      costCenter: 4711,
      userUuid: '7c0b-1',
      sourceSystem: 39,
      validTo: '2026-12-31',
      passwordStatus: 'disabled',
      mailVerified: 'TRUE',
    };
    expect(readUser(v1, model)).toEqual(v2);
  });

  test('v2: in their extensions', () => {
    expect(readUser({ schemas: [URN.user, URN.enterpriseUser, URN.sapUser], ...v2 }, model)).toEqual(v2);
  });

  test('where both are given the extension wins', () => {
    const user = readUser({ userName: 'a', department: 'top', [URN.enterpriseUser]: { department: 'extension' } }, model);
    expect(user[URN.enterpriseUser]).toEqual({ department: 'extension' });
  });

  test('enterprise, SAP and two custom extensions in one document', () => {
    const custom = { attributes: [{ name: 'z_roles', value: 'A,B' }] };
    const user = readUser({ ...v2, [URN.sapCustomUser]: custom, [CUSTOMER]: { attributes: [{ name: 'customAttribute1', value: '100' }] } }, model);
    expect(user).toEqual({ ...v2, [URN.sapCustomUser]: custom, [CUSTOMER]: { attributes: [{ name: 'customAttribute1', value: '100' }] } });
  });
});

describe('reading is lenient where nothing is lost and strict where something would be', () => {
  test('names and URNs are compared without case and spelt as in the schema', () => {
    const user = readUser({ USERNAME: 'a', Emails: [{ VALUE: 'a@b.c' }], [URN.enterpriseUser.toUpperCase()]: { DEPARTMENT: 'x' } }, model);
    expect(user).toEqual({ userName: 'a', emails: [{ value: 'a@b.c' }], [URN.enterpriseUser]: { department: 'x' } });
  });

  test('unknown attributes, passwords, ids and unknown extensions are ignored', () => {
    const body = JSON.parse(`{"userName":"a","password":"secret","id":"x","meta":{},"shoeSize":{"a":1},"urn:x:y":{"z":1},"__proto__":{"active":true},"constructor":1}`);
    const user = readUser(body, model);
    expect(user).toEqual({ userName: 'a' });
    expect(user.active).toBeUndefined();
  });

  test('null, empty lists, empty objects and empty texts mean unassigned', () => {
    expect(readUser({ userName: 'a', title: null, nickName: '', emails: [], name: { givenName: '' }, phoneNumbers: [{ type: 'work' }], [URN.sapUser]: null }, model)).toEqual({ userName: 'a' });
  });

  test.each([['True', true], ['false', false], [true, true]])('active %p is %p', (given, meant) => {
    expect(readUser({ userName: 'a', active: given }, model).active).toBe(meant);
  });

  test.each([
    ['userName', { userName: 5 }],
    ['userName', { userName: '  ' }],
    ['userName', {}],
    ['userName', { userName: 'a'.repeat(256) }],
    ['userName', { userName: 'a\u0000b' }],
    ['name.familyName', { userName: 'a', name: { familyName: 'x\ud800' } }],
    ['name', { userName: 'a', name: 'Anna' }],
    ['active', { userName: 'a', active: 'yes' }],
    ['active', { userName: 'a', active: 1 }],
    ['emails', { userName: 'a', emails: { value: 'a@b.c' } }],
    ['emails[1]', { userName: 'a', emails: [{ value: 'a@b.c' }, 'b@b.c'] }],
    ['emails[0].value', { userName: 'a', emails: [{ value: 'no address' }] }],
    ['emails', { userName: 'a', emails: [{ value: 'a@b.c', primary: true }, { value: 'b@b.c', primary: true }] }],
    [`${URN.enterpriseUser}:department`, { userName: 'a', [URN.enterpriseUser]: { department: {} } }],
    [`${URN.sapUser}:validTo`, { userName: 'a', [URN.sapUser]: { validTo: '2026-02-30' } }],
    [`${URN.sapUser}:validTo`, { userName: 'a', [URN.sapUser]: { validTo: 'tomorrow' } }],
    ['employeeNumber', { userName: 'a', employeeNumber: [1] }],
    [`${URN.sapCustomUser}:attributes[0].value`, { userName: 'a', [URN.sapCustomUser]: { attributes: [{ name: 'z_roles', value: ['A'] }] } }],
  ])('a wrong %s is refused, named', (attribute, body) => {
    expect(() => readUser(body, model)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidValue', message: expect.stringContaining(`Attribute ${attribute} `) }));
  });

  test.each([[[]], ['text'], [null], [5]])('%p is no user', (body) => {
    expect(() => readUser(body, model)).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
  });

  test.each(["O'Neil & <Sons> \"; ]]> , ~", 'line\nbreak', 'Zoë 👩🏽‍💻'])('%p survives as it is (R-58)', (familyName) => {
    expect(readUser({ userName: 'a', name: { familyName } }, model).name?.familyName).toBe(familyName);
  });
});
