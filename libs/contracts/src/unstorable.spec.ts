import { unstorableText } from './unstorable.ts';

describe('text that PostgreSQL cannot store', () => {
  test('ordinary text, emoji and escapes can be stored', () => {
    expect(unstorableText({ name: { familyName: 'Öztürk 🎉 \\u0000' }, emails: [{ value: 'a@b' }], active: true, n: null })).toBeUndefined();
  });

  test.each([
    ['U+0000', { name: { familyName: 'a\0b' } }, 'name.familyName'],
    ['a high surrogate alone', { emails: [{ value: 'ok' }, { value: '\ud83c' }] }, 'emails[1].value'],
    ['a low surrogate alone', { a: ['\udf89'] }, 'a[0]'],
    ['a property name', { a: { 'x\0': 1 } }, 'a'],
    ['a bare string', '\0', ''],
    ['the first of several', { a: 1, b: ['x', '\0'], c: '\0' }, 'b[1]'],
  ])('%s is found by its path', (_, value, path) => {
    expect(unstorableText(value)).toBe(path);
  });

  test('a very deep document neither ends the process nor hides anything', () => {
    const depth = 200_000;
    const deep: unknown = JSON.parse(`${'['.repeat(depth)}"\\u0000"${']'.repeat(depth)}`);
    expect(unstorableText(deep)).toHaveLength(depth * 3);
  });
});
