import { FILTER_MAX_LENGTH, parseFilter } from './parse-filter.ts';

describe('a filter is read as RFC 7644 §3.4.2.2 says', () => {
  test.each([
    ['userName eq "anna"', { op: 'eq', path: 'userName', value: 'anna' }],
    ['userName EQ "anna"', { op: 'eq', path: 'userName', value: 'anna' }],
    ['title pr', { op: 'pr', path: 'title' }],
    ['active eq true', { op: 'eq', path: 'active', value: true }],
    ['manager eq null', { op: 'eq', path: 'manager', value: null }],
    ['x eq 1 and y eq 2', { op: 'and', filters: [{ op: 'eq', path: 'x', value: 1 }, { op: 'eq', path: 'y', value: 2 }] }],
    ['urn:ietf:params:scim:schemas:core:2.0:User:name.familyName co "O\'Malley"', { op: 'co', path: 'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName', value: "O'Malley" }],
    ['emails[type eq "work" and not (value co "@x")]', { op: 'value-path', path: 'emails', filter: { op: 'and', filters: [{ op: 'eq', path: 'type', value: 'work' }, { op: 'not', filter: { op: 'co', path: 'value', value: '@x' } }] } }],
    [String.raw`userName eq "a\"b\\c\u00e9\n"`, { op: 'eq', path: 'userName', value: 'a"b\\cé\n' }],
    [String.raw`userName eq "ends with \\"`, { op: 'eq', path: 'userName', value: 'ends with \\' }],
    ['not(a pr) or b pr and c pr', { op: 'or', filters: [{ op: 'not', filter: { op: 'pr', path: 'a' } }, { op: 'and', filters: [{ op: 'pr', path: 'b' }, { op: 'pr', path: 'c' }] }] }],
    ['(a pr or b pr) and NOT (c gt -1.5e3)', { op: 'and', filters: [{ op: 'or', filters: [{ op: 'pr', path: 'a' }, { op: 'pr', path: 'b' }] }, { op: 'not', filter: { op: 'gt', path: 'c', value: -1500 } }] }],
    ['emails[type eq "work"].value eq "x"', { op: 'value-path', path: 'emails', filter: { op: 'and', filters: [{ op: 'eq', path: 'type', value: 'work' }, { op: 'eq', path: 'value', value: 'x' }] } }],
    [`userName eq "${'('.repeat(30)}["`, { op: 'eq', path: 'userName', value: `${'('.repeat(30)}[` }],
  ])('%s', (text, tree) => {
    expect(parseFilter(text)).toEqual(tree);
  });

  test.each([
    ['nothing', ''],
    ['a lone name', 'userName'],
    ['an unknown operator', 'userName is "a"'],
    ['a text that does not end', 'userName eq "a'],
    ['a bad escape', String.raw`userName eq "\x"`],
    ['a name that cannot be', '1a eq 2'],
    ['a missing bracket', '(userName eq "a"'],
    ['something behind the end', 'userName eq "a" userName eq "b"'],
    ['a hundred brackets', `${'('.repeat(100)}userName eq "a"${')'.repeat(100)}`],
    ['a hundred nots', `${'not '.repeat(100)}(userName eq "a")`],
    ['too much text', `userName eq "${'a'.repeat(FILTER_MAX_LENGTH)}"`],
    ['a text without quotes', 'userName eq anna'],
    ['a bracket in a bracket', 'emails[x[y pr]]'],
    ['U+0000', String.raw`userName eq "\u0000"`],
    ['half of a surrogate pair', String.raw`userName eq "\ud800"`],
    ['a word of the machine', 'userName eq constructor'],
  ])('%s is refused as invalidFilter', (_, text) => {
    expect(() => parseFilter(text)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidFilter' }));
  });
});

test('a client of the Entra family may leave the quotes away', () => {
  expect(parseFilter('userName sw O and active eq True', { bareTexts: true })).toEqual({ op: 'and', filters: [{ op: 'sw', path: 'userName', value: 'O' }, { op: 'eq', path: 'active', value: true }] });
});
