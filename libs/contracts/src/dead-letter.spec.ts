import { createHash, randomBytes } from 'node:crypto';
import { deadLetter, MAX_DEAD_LETTER_BYTES, type Burial, type Original } from './dead-letter.ts';
import { readDeadLetter } from './read-dead-letter.ts';
import { validate } from './validation.ts';

const ORIGINAL: Original = { topic: 'identity.user.v1', key: 'u-1', value: Buffer.from('{ "a" : 1 }'), partition: 3, offset: 42, timestamp: 1_770_000_000_000, headers: { ce_id: 'e-1', ce_source: '/x', ce_type: 't', secret: 's' } };

function burial(original: Partial<Original> = {}, rest: Partial<Burial> = {}): Burial {
  return {
    consumer: 'role-mapping',
    original: { ...ORIGINAL, ...original },
    failure: { kind: 'rejected', code: 'http-400', message: 'Refused.', field: 'name.familyName' },
    attempts: 3,
    firstFailureAt: '2026-02-03T08:00:00Z',
    at: '2026-02-03T08:15:00Z',
    correlationId: 'c-1',
    serviceVersion: '1.0.0',
    plan: ['create', 'set-units'],
    ...rest,
  };
}

function readBack(input: Burial) {
  const record = deadLetter(input);
  const value = record.value === null ? null : Buffer.from(record.value);
  const read = readDeadLetter({ headers: record.headers, value });
  if (!read.ok) throw new Error(read.problem);
  expect(value?.length ?? 0).toBeLessThanOrEqual(MAX_DEAD_LETTER_BYTES);
  expect(validate('deadLetter', JSON.parse(record.value ?? 'null'))).toMatchObject({ ok: true });
  return { record, letter: read.value };
}

describe('a dead letter', () => {
  test('carries the original byte for byte, and the story in headers', () => {
    const { record, letter } = readBack(burial({}, { prefix: 't.' }));
    expect(record).toMatchObject({ topic: 't.role-mapping.dead-letter.v1', key: 'u-1', value: '{ "a" : 1 }' });
    expect(letter).toEqual({
      failure: { kind: 'rejected', code: 'http-400', message: 'Refused.', field: 'name.familyName' },
      attempts: 3,
      firstFailureAt: '2026-02-03T08:00:00Z',
      lastFailureAt: '2026-02-03T08:15:00Z',
      correlationId: 'c-1',
      serviceVersion: '1.0.0',
      plan: ['create', 'set-units'],
      original: { topic: 'identity.user.v1', key: 'u-1', partition: 3, offset: 42, timestamp: 1_770_000_000_000, event: { id: 'e-1', source: '/x', type: 't' }, value: Buffer.from('{ "a" : 1 }'), cut: false, bytes: 11 },
    });
  });

  test.each([
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['broken JSON', Buffer.from('{"a":')],
    ['U+0000', Buffer.from(String.raw`{"a":"\u0000"}`)],
    ['half a surrogate pair', Buffer.from(String.raw`{"a":"\ud800"}`)],
    ['the JSON value null', Buffer.from('null')],
    ['nothing at all', Buffer.alloc(0)],
    ['a byte order mark', Buffer.from('\ufeff{}')],
  ])('of %s gives the same bytes back', (_, value) => {
    const { letter, record } = readBack(burial({ value }));
    expect(letter.original).toMatchObject({ value, cut: false });
    expect(record.value).not.toMatch(/\0|\\u0000|\\ud800/);
  });

  test('of a record without value says so', () => {
    expect(readBack(burial({ value: null })).letter.original.value).toBeNull();
  });

  test('of an oversized original is cut, with hash and offset', () => {
    const value = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(randomBytes(1_500_000).toString('hex')), Buffer.from('"}')]);
    const { letter, record } = readBack(burial({ value }));
    expect(letter.original).toMatchObject({ cut: true, bytes: value.length, offset: 42, partition: 3 });
    expect(letter.original.value).toEqual(value.subarray(0, 700_000));
    expect(record.value).toContain(createHash('sha256').update(value).digest('hex'));
  });

  test('has one line of storable text in every header, without addresses and credentials', () => {
    const failure = { kind: 'unclassified', code: 'E\0', message: 'ada@example.org\r\nx: y Bearer abcdefghi \ud800' } as const;
    const { record } = readBack(burial({ key: 'k\0\ud800', headers: { ce_id: 'a\nb' } }, { failure, correlationId: 'c\n' }));
    const texts = [record.key, ...Object.values(record.headers)];
    expect(texts.filter((text) => /\p{Cc}/u.test(text) || !text.isWellFormed())).toEqual([]);
    expect(record.headers['rb_error_message']).toBe('[e-mail] x: y Bearer [redacted] \ufffd');
    expect(JSON.stringify(record.headers)).not.toContain('secret');
  });

  test('of a record without key is filed under its place', () => {
    expect(readBack(burial({ key: null })).record.key).toBe('identity.user.v1/3/42');
    expect(readBack(burial({ key: null })).letter.original.key).toBeNull();
  });

  test('that is broken itself is reported, not thrown', () => {
    const { headers } = deadLetter(burial({ value: Buffer.from('{') }));
    expect(readDeadLetter({ headers: {}, value: null })).toMatchObject({ ok: false });
    expect(readDeadLetter({ headers: { ...headers, rb_error_kind: 'odd' }, value: null })).toEqual({ ok: false, problem: 'header rb_error_kind is missing or unknown' });
    for (const text of ['{}', '{', 'null', '{"rolebridgeOriginal":{"base64":1}}']) expect(readDeadLetter({ headers, value: Buffer.from(text) })).toEqual({ ok: false, problem: 'the wrapper of the original is broken' });
  });
});
