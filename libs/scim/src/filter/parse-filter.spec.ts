import { FILTER_MAX_LENGTH, parseFilter } from './parse-filter.ts';
import { userNameOfFilter } from './user-name-filter.ts';

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
  ])('%s is refused as invalidFilter', (_, text) => {
    expect(() => parseFilter(text)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidFilter' }));
  });
});

describe('the front door searches by login only', () => {
  test.each(['userName eq "Anna"', 'USERNAME eq "Anna"', '(userName eq "Anna")', 'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "Anna"'])('%s', (text) => {
    expect(userNameOfFilter(text)).toBe('Anna');
  });

  test.each(['userName sw "A"', 'externalId eq "A"', 'userName eq 5', 'userName eq "A" or userName eq "B"'])('%s is refused', (text) => {
    expect(() => userNameOfFilter(text)).toThrow(expect.objectContaining({ scimType: 'invalidFilter' }));
  });
});
