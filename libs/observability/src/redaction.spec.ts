import { redactText, redactValue } from './redaction.ts';

describe('a redacted text', () => {
  test.each([
    ['mail to ada.lovelace+x@mail.example.org now', 'mail to [e-mail] now'],
    ['<ada@example.org>', '<[e-mail]>'],
    ['Authorization: Bearer eyJhbGciOi.J9.x-y_z', 'Authorization: Bearer [redacted]'],
    ['authorization: basic dXNlcjpwYXNz', 'authorization: basic [redacted]'],
    ['<username>u</username><password>p&amp;w</password>', '<username>u</username><password>[redacted]</password>'],
    ['<c:password type="x">p\nw</c:password>.', '<c:password>[redacted]</c:password>.'],
    ['<password>cut off', '<password>[redacted]</password>'],
    ['before <soap:Envelope xmlns:soap="x"><a>Ada</a></soap:Envelope> after', 'before [soap body] after'],
    ['<Envelope>cut off Ada', '[soap body]'],
    ['postgres://me:pw@host:5432/db', 'postgres://[redacted]@host:5432/db'],
    ['{"client_secret":"s3","grant_type":"x"}', '{"client_secret":[redacted],"grant_type":"x"}'],
    ['access_token=abc&x=1', 'access_token=[redacted]&x=1'],
    ['licenseKey: ABC-1, next', 'licenseKey: [redacted], next'],
    ['a basic rule about tokens', 'a basic rule about tokens'],
    ['nothing secret here, 5 < 6 @ noon', 'nothing secret here, 5 < 6 @ noon'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test('is done in linear time, also for a hostile megabyte', () => {
    const before = process.cpuUsage();
    for (const text of ['<password'.repeat(50_000), 'a@'.repeat(50_000), '<Envelope>'.repeat(20_000), `token="${'\\"'.repeat(50_000)}`, 'x://'.repeat(50_000), 'a-'.repeat(50_000) + '@', `<password>${'<password '.repeat(50_000)}`]) redactText(text);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });
});

test('a redacted value keeps its shape but for denied keys', () => {
  expect(redactValue({ system: 's', count: 1, none: null, user: { userName: 'ada' }, list: ['ada@example.org'] })).toEqual({ system: 's', count: 1, none: null, user: '[redacted]', list: ['[e-mail]'] });
});
