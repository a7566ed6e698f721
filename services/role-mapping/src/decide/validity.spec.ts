import { instantMs, isWithin, nextBoundaryMs, windowOf } from './validity.ts';

const at = (text: string) => Date.parse(text);

describe('dates and instants', () => {
  test.each([
    ['2026-11-27', '2026-11-27T00:00:00Z'],
    ['2026-11-27T17:00:00Z', '2026-11-27T17:00:00Z'],
    ['2026-11-27T17:00:00+01:00', '2026-11-27T16:00:00Z'],
    ['2026-11-27T17:00:00+0100', '2026-11-27T16:00:00Z'],
    ['2026-11-27 17:00', '2026-11-27T17:00:00Z'],
    ['2026-11-27t17:00:00.5z', '2026-11-27T17:00:00.500Z'],
  ])('%s', (text, expected) => {
    expect(instantMs(text, 0)).toBe(at(expected));
  });

  test.each(['2026-02-30', '2026-13-01', '27.11.2026', 'Friday', '', '2026-11-27T25:00:00Z'])('%p is neither', (text) => {
    expect(instantMs(text, 0)).toBeNaN();
  });

  test('a date to which something is valid counts whole', () => {
    const window = windowOf({ validFrom: '2026-11-23', validTo: '2026-11-27' });
    expect(isWithin(window, at('2026-11-22T23:59:59.999Z'))).toBe(false);
    expect(isWithin(window, at('2026-11-23T00:00:00Z'))).toBe(true);
    expect(isWithin(window, at('2026-11-27T23:59:59.999Z'))).toBe(true);
    expect(isWithin(window, at('2026-11-28T00:00:00Z'))).toBe(false);
    expect(nextBoundaryMs(window, at('2026-11-01T00:00:00Z'))).toBe(at('2026-11-23T00:00:00Z'));
    expect(nextBoundaryMs(window, at('2026-11-23T00:00:00Z'))).toBe(at('2026-11-28T00:00:00Z'));
    expect(nextBoundaryMs(window, at('2026-11-28T00:00:00Z'))).toBe(Infinity);
  });

  test.each(['9999-12-31', '9999-01-01', '9999-12-31T23:59:59Z'])('%s means for ever', (validTo) => {
    expect(nextBoundaryMs(windowOf({ validTo }), 0)).toBe(Infinity);
  });
});
