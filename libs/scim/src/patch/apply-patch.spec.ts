import { URN } from '../schema/urns.ts';
import { userModel } from '../schema/user-model.ts';
import { readUser } from '../user/read-user.ts';
import { applyPatch } from './apply-patch.ts';
import { readOperations, readPatchBody } from './operations.ts';

const model = userModel();
const WORK = { value: 'a@work.example', type: 'work', primary: true };
const HOME = { value: 'a@home.example', type: 'home' };
const anna = readUser(
  {
    userName: 'anna',
    active: true,
    name: { givenName: 'Anna', familyName: 'Ek' },
    emails: [WORK, HOME],
    [URN.enterpriseUser]: { department: 'Sales', employeeNumber: '1' },
    [URN.sapCustomUser]: { attributes: [{ name: 'z_roles', value: 'A' }, { name: 'z_assignedInstitutes', value: '100' }] },
  },
  model,
);
const patch = (...operations: readonly object[]) => applyPatch(anna, readOperations(operations), model);

describe('PATCH changes what its path names (RFC 7644 §3.5.2)', () => {
  test.each<[string, object, object]>([
    ['replace a simple attribute', { op: 'replace', path: 'active', value: false }, { active: false }],
    ['op and path in other case, boolean as text', { op: 'Replace', path: 'ACTIVE', value: 'False' }, { active: false }],
    ['add a simple attribute', { op: 'add', path: 'title', value: 'Dr' }, { title: 'Dr' }],
    ['replace a sub-attribute', { op: 'replace', path: 'name.familyName', value: 'Berg' }, { name: { givenName: 'Anna', familyName: 'Berg' } }],
    ['a complex value is merged', { op: 'replace', path: 'name', value: { familyName: 'Berg' } }, { name: { givenName: 'Anna', familyName: 'Berg' } }],
    ['remove a sub-attribute', { op: 'remove', path: 'name.givenName' }, { name: { familyName: 'Ek' } }],
    ['remove a simple attribute', { op: 'remove', path: 'active' }, { active: undefined }],
    ['replace by null is remove', { op: 'replace', path: 'active', value: null }, { active: undefined }],
    ['core URN in the path', { op: 'replace', path: `${URN.user}:name.familyName`, value: 'Berg' }, { name: { givenName: 'Anna', familyName: 'Berg' } }],
    ['extension attribute', { op: 'replace', path: `${URN.enterpriseUser}:department`, value: 'HR' }, { [URN.enterpriseUser]: { department: 'HR', employeeNumber: '1' } }],
    ['extension URN in other case', { op: 'replace', path: `${URN.enterpriseUser.toUpperCase()}:Department`, value: 'HR' }, { [URN.enterpriseUser]: { department: 'HR', employeeNumber: '1' } }],
    ['extension that was not there', { op: 'replace', path: `${URN.sapUser}:status`, value: 'inactive' }, { [URN.sapUser]: { status: 'inactive' } }],
    ['whole extension, merged', { op: 'add', path: URN.enterpriseUser, value: { department: null, division: 'D' } }, { [URN.enterpriseUser]: { division: 'D', employeeNumber: '1' } }],
    ['whole extension, removed', { op: 'remove', path: URN.enterpriseUser }, { [URN.enterpriseUser]: undefined }],
    ['attribute of the shape v1', { op: 'replace', path: 'department', value: 'HR' }, { [URN.enterpriseUser]: { department: 'HR', employeeNumber: '1' } }],
    ['value path with sub-attribute', { op: 'replace', path: 'emails[type eq "work"].value', value: 'b@work.example' }, { emails: [{ ...WORK, value: 'b@work.example' }, HOME] }],
    ['value path, filter in other case', { op: 'replace', path: 'emails[TYPE eq "WORK"].value', value: 'b@work.example' }, { emails: [{ ...WORK, value: 'b@work.example' }, HOME] }],
    ['value path without sub-attribute replaces the value', { op: 'replace', path: 'emails[type eq "work"]', value: { value: 'b@x.example' } }, { emails: [{ value: 'b@x.example' }, HOME] }],
    ['value path without sub-attribute adds to the value', { op: 'add', path: 'emails[type eq "home"]', value: { display: 'home' } }, { emails: [WORK, HOME] }],
    ['remove by value path', { op: 'remove', path: 'emails[type eq "home"]', value: null }, { emails: [WORK] }],
    ['remove by value path with two conditions', { op: 'remove', path: 'emails[type eq "home" and value ew ".example"]' }, { emails: [WORK] }],
    ['remove by value', { op: 'remove', path: 'emails', value: [{ value: 'a@home.example' }] }, { emails: [WORK] }],
    ['remove all', { op: 'remove', path: 'emails' }, { emails: undefined }],
    ['add a value', { op: 'add', path: 'emails', value: [{ value: 'c@x.example', type: 'other' }] }, { emails: [WORK, HOME, { value: 'c@x.example', type: 'other' }] }],
    ['add a value that is there', { op: 'add', path: 'emails', value: HOME }, { emails: [WORK, HOME] }],
    ['a new primary takes the mark', { op: 'add', path: 'emails', value: { value: 'c@x.example', primary: true } }, { emails: [{ ...WORK, primary: false }, HOME, { value: 'c@x.example', primary: true }] }],
    ['primary by value path takes the mark', { op: 'replace', path: 'emails[type eq "home"].primary', value: true }, { emails: [{ ...WORK, primary: false }, { ...HOME, primary: true }] }],
    ['replace all values', { op: 'replace', path: 'emails', value: [HOME] }, { emails: [HOME] }],
    ['add by value path creates the value', { op: 'add', path: 'phoneNumbers[type eq "work"].value', value: '5' }, { phoneNumbers: [{ type: 'work', value: '5' }] }],
    ['custom attribute by value path', { op: 'replace', path: `${URN.sapCustomUser}:attributes[name eq "z_roles"].value`, value: '' }, { [URN.sapCustomUser]: { attributes: [{ name: 'z_roles', value: '' }, { name: 'z_assignedInstitutes', value: '100' }] } }],
    ['without path', { op: 'replace', value: { active: false, 'name.familyName': 'Berg', id: 'x', shoeSize: 5, [URN.enterpriseUser]: { department: 'HR' } } }, { active: false, name: { givenName: 'Anna', familyName: 'Berg' }, [URN.enterpriseUser]: { department: 'HR', employeeNumber: '1' } }],
  ])('%s', (_, operation, change) => {
    const display = operation && 'value' in operation && JSON.stringify(operation).includes('"display"');
    const expected = { ...anna, ...change, ...(display && { emails: [WORK, { ...HOME, display: 'home' }] }) };
    expect(patch(operation)).toEqual(expected);
  });

  test('operations are applied in order', () => {
    expect(patch({ op: 'add', path: 'title', value: 'A' }, { op: 'replace', path: 'title', value: 'B' }).title).toBe('B');
  });

  test('the user that was passed in stays as it is', () => {
    const before = structuredClone(anna);
    patch({ op: 'remove', path: 'emails' }, { op: 'replace', path: 'name.familyName', value: 'x' });
    expect(anna).toEqual(before);
  });
});

describe('PATCH refuses what it cannot do, by the keyword of RFC 7644 §3.12', () => {
  test.each<[string, object, string]>([
    ['unknown attribute', { op: 'replace', path: 'shoeSize', value: 1 }, 'invalidPath'],
    ['unknown sub-attribute', { op: 'replace', path: 'name.nick', value: 'x' }, 'invalidPath'],
    ['unknown extension', { op: 'replace', path: 'urn:x:y:z', value: 'x' }, 'invalidPath'],
    ['broken path', { op: 'replace', path: 'emails[type eq "work"', value: 'x' }, 'invalidPath'],
    ['filter on an attribute with one value', { op: 'replace', path: 'name[givenName eq "x"]', value: 'x' }, 'invalidPath'],
    ['filter with unknown sub-attribute', { op: 'replace', path: 'emails[shoe eq "x"].value', value: 'x' }, 'invalidPath'],
    ['filter that cannot be read', { op: 'replace', path: 'emails[type is].value', value: 'x' }, 'invalidFilter'],
    ['replace where nothing matches', { op: 'replace', path: 'emails[type eq "other"].value', value: 'a@b.c' }, 'noTarget'],
    ['remove where nothing matches', { op: 'remove', path: 'emails[type eq "other"]' }, 'noTarget'],
    ['remove without path', { op: 'remove' }, 'noTarget'],
    ['the id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['meta', { op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
    ['removing what is required', { op: 'remove', path: 'userName' }, 'mutability'],
    ['wrong type', { op: 'replace', path: 'active', value: 'yes' }, 'invalidValue'],
    ['wrong type in a value path', { op: 'replace', path: 'emails[type eq "work"].value', value: 5 }, 'invalidValue'],
    ['no e-mail address', { op: 'replace', path: 'emails[type eq "work"].value', value: 'x' }, 'invalidValue'],
    ['U+0000', { op: 'replace', path: 'title', value: 'a\u0000' }, 'invalidValue'],
    ['no object without path', { op: 'add', value: 'x' }, 'invalidValue'],
    ['no value', { op: 'replace', path: 'active' }, 'invalidSyntax'],
    ['unknown op', { op: 'move', path: 'active' }, 'invalidSyntax'],
    ['path that is no text', { op: 'replace', path: 5, value: 1 }, 'invalidSyntax'],
    ['__proto__', { op: 'add', path: '__proto__', value: { admin: true } }, 'invalidPath'],
    ['__proto__ below', { op: 'add', path: 'name.__proto__', value: { admin: true } }, 'invalidPath'],
    ['constructor', { op: 'add', path: 'constructor.prototype', value: { admin: true } }, 'invalidPath'],
  ])('%s', (_, operation, scimType) => {
    expect(() => patch(operation)).toThrow(expect.objectContaining({ status: 400, scimType }));
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  test('names of prototypes inside values are ignored', () => {
    const value: unknown = JSON.parse('{"name":{"__proto__":{"admin":true},"givenName":"B"},"__proto__":{"admin":true}}');
    const user = patch({ op: 'add', value });
    expect(user.name).toEqual({ givenName: 'B', familyName: 'Ek' });
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  test.each([[{}], [{ schemas: [URN.patchOp] }], [{ schemas: [URN.patchOp], Operations: [] }], [{ schemas: [URN.user], Operations: [{ op: 'remove', path: 'title' }] }], [[]], [null]])('%p is no PatchOp', (body) => {
    expect(() => readPatchBody(body)).toThrow(expect.objectContaining({ scimType: 'invalidSyntax' }));
  });
});
