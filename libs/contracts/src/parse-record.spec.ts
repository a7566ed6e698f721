import { readFileSync } from 'node:fs';
import { toHeaders } from './envelope.ts';
import { ClassifiedError } from './failures.ts';
import { parseRecord } from './parse-record.ts';
import { TOPICS } from './topics.ts';
import { unstorableText } from './unstorable.ts';

const user = readFileSync(new URL('../golden/user.v1/usual.json', import.meta.url), 'utf8');
const headers = toHeaders({ id: 'e-1', source: '/rolebridge/ingest', type: TOPICS.user.eventType, subject: 'u', time: '2026-02-03T08:15:00Z', correlationid: 'c-1' });

function failureOf(value: Buffer | string | null, changed: Record<string, string> = {}) {
  try {
    parseRecord('user', { value: typeof value === 'string' ? Buffer.from(value) : value, headers: { ...headers, ...changed } });
    return undefined;
  } catch (error) {
    if (error instanceof ClassifiedError) return error.failure;
    throw error;
  }
}

describe('a record', () => {
  test('that is right gives its value and its envelope', () => {
    const parsed = parseRecord('user', { value: Buffer.from(user), headers });
    expect(parsed.value.resource.userName).toBe('li.ng');
    expect(parsed.attributes).toMatchObject({ id: 'e-1', correlationid: 'c-1' });
  });

  test.each([
    ['bad-json', '{"id":', {}],
    ['bad-json', '', {}],
    ['bad-utf8', Buffer.from([0x7b, 0xff, 0x7d]), {}],
    ['no-value', null, {}],
    ['bad-schema', '{"id":1}', {}],
    ['unstorable-text', user.replace('Li Ng', String.raw`Li\u0000Ng`), {}],
    ['unstorable-text', user.replace('Li Ng', String.raw`Li\ud83cNg`), {}],
    ['unstorable-text', user.replace('"displayName"', String.raw`"x\uDFFF": 1, "displayName"`), {}],
    ['unknown-version', user, { ce_type: 'io.rolebridge.identity.user.v2' }],
    ['foreign-type', user, { ce_type: 'io.rolebridge.identity.group.v1' }],
    ['bad-envelope', user, { ce_specversion: '0.3' }],
    ['bad-envelope', user, { ce_id: '' }],
  ])('that is malformed is refused as %s', (code, value, changed) => {
    expect(failureOf(value, changed)).toMatchObject({ kind: 'malformed', code });
  });

  test('with escaped emoji and a real backslash before u0000 is fine', () => {
    expect(failureOf(user.replace('Li Ng', String.raw`\ud83c\udf88 \\u0000 \\ud800`))).toBeUndefined();
  });

  test('is refused naming the field, never its content', () => {
    const failure = failureOf(user.replace('"li.ng@example.org"', '17').replace('Li Ng', 'secret person'));
    expect(failure).toMatchObject({ field: 'resource.emails[0].value' });
    expect(failure?.message).not.toMatch(/secret|17/);
  });
});

test.each([
  [{ a: ['x', 'y\0'] }, 'a[1]'],
  [{ a: { b: '\ud800' } }, 'a.b'],
  [{ a: { '\udc00': 1 } }, 'a'],
  [['🎈', 1, null, true], undefined],
  ['\0', ''],
])('the unstorable text in %j stands at %s', (value, path) => {
  expect(unstorableText(value)).toBe(path);
});
