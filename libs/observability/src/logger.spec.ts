import { createLogger, type Logger } from './logger.ts';

function recording(level: 'trace' | 'info' = 'trace'): { log: Logger; lines: () => Record<string, unknown>[]; text: () => string } {
  const written: string[] = [];
  const log = createLogger({ service: 'test', version: '1.2.3', level, destination: { write: (line) => void written.push(line) } });
  return { log, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>), text: () => written.join('') };
}

describe('the log', () => {
  test('names service and version, level and time in words', () => {
    const { log, lines } = recording();
    log.info({ system: 'sales-cloud' }, 'hello');
    expect(lines()[0]).toMatchObject({ service: 'test', version: '1.2.3', level: 'info', system: 'sales-cloud', msg: 'hello', time: expect.stringMatching(/^\d{4}-/) });
  });

  test('holds no personal data and no secret, at any depth', () => {
    const { log, text } = recording();
    log.info({ a: { b: { c: { userName: 'ada', emails: [{ value: 'x' }], Name: 'Lovelace', phone_numbers: ['+44'] } } }, licenceKey: 'LK1', 'X-ApplicationKey': 'AK1' }, 'deep');
    expect(text()).not.toMatch(/ada|Lovelace|\+44|LK1|AK1/);
    expect(text()).toContain('[redacted]');
  });

  test('keeps the bindings of a child logger clean', () => {
    const { log, text } = recording();
    log.child({ userName: 'ada', caller: { password: 'pw1' }, system: 's' }).child({ job: 'ada@example.org', part: 2 }).info('child');
    expect(text()).not.toMatch(/ada|pw1/);
    expect(text()).toContain('"system":"s"');
    expect(text()).toContain('"part":2');
  });

  test('masks texts, arguments and errors with their causes', () => {
    const { log, text } = recording();
    log.warn('could not reach ada@example.org');
    log.warn('%s failed with Bearer abcdef123456', 'grace@example.org');
    log.error(new Error('login of ada@example.org with Basic YWRhOnB3MTIz', { cause: new Error('postgres://ada:pw9@host/db') }));
    log.error({ err: new Error('bad mail alan@example.org') });
    expect(text()).not.toMatch(/ada@|grace@|alan@|abcdef123456|YWRhOnB3MTIz|pw9/);
    expect(text().match(/\[e-mail\]/g)?.length).toBeGreaterThanOrEqual(5);
  });

  test('keeps class, code, classification and stack of an error', () => {
    const { log, lines } = recording();
    log.error({ err: Object.assign(new TypeError('no'), { code: 'E1', failure: { kind: 'transient', code: 'http-503', message: 'later' } }) }, 'failed');
    expect(lines()[0]).toMatchObject({ msg: 'failed', err: { type: 'TypeError', code: 'E1', failure: { kind: 'transient' }, stack: expect.stringContaining('TypeError') } });
  });

  test('survives cycles and bytes', () => {
    const { log, lines } = recording();
    const ring: Record<string, unknown> = { bytes: Buffer.from('ada@example.org') };
    ring['ring'] = ring;
    log.info({ ring }, 'round');
    expect(JSON.stringify(lines()[0])).toContain('[15 bytes]');
  });
});
