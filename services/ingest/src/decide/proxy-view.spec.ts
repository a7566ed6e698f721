import { keysOf, overlaid, viewOf } from './proxy-view.ts';
import type { Overlay, Seen } from './proxy-view.ts';

const seen: Seen = { presence: 'active', attributes: { userName: 'anna', title: 'Dr' }, entitlements: [{ type: 'group', value: 'A', rules: ['r'] }, { type: 'group', value: 'B' }] };
const overlay = (more: Partial<Overlay>): Overlay => ({ add: [], remove: [], ...more });
const group = (value: string) => ({ type: 'group', value, rules: ['request:idm'] });

describe('what callers are shown', () => {
  test('is what was seen, with what was accepted laid over it', () => {
    expect(viewOf(seen, undefined)).toEqual({ presence: 'active', attributes: seen.attributes, entitlements: [{ type: 'group', value: 'A', rules: ['r'] }, { type: 'group', value: 'B', rules: [] }] });
    const view = viewOf(seen, overlay({ presence: 'disabled', attributes: { title: null, displayName: 'A.' }, add: [group('C')], remove: [group('B')] }));
    expect(view).toEqual({ presence: 'disabled', attributes: { userName: 'anna', displayName: 'A.' }, entitlements: [{ type: 'group', value: 'A', rules: ['r'] }, group('C')] });
  });

  test('is nothing where an end was accepted, or nothing was ever seen or asked for', () => {
    expect(viewOf(seen, overlay({ presence: 'absent' }))).toBeUndefined();
    expect(viewOf(undefined, undefined)).toBeUndefined();
    expect(viewOf(undefined, overlay({ presence: 'active', attributes: { userName: 'anna' } }))).toEqual({ presence: 'active', attributes: { userName: 'anna' }, entitlements: [] });
  });

  test('of several writes the later ones count, each for what it says', () => {
    const both = overlaid(overlay({ presence: 'disabled', attributes: { title: 'X', 'urn:x': { a: 1 } }, add: [group('C')], remove: [group('A')] }), overlay({ attributes: { 'urn:x': { b: 2 } }, add: [group('A')], remove: [group('C')] }));
    expect(both).toEqual({ presence: 'disabled', attributes: { title: 'X', 'urn:x': { a: 1, b: 2 } }, add: [group('A')], remove: [group('C')] });
  });

  test('of an account that ended and is opened again nothing of its former life counts', () => {
    const ended = overlaid(overlay({ add: [group('C')] }), overlay({ presence: 'absent' }));
    expect(ended).toEqual(overlay({ presence: 'absent' }));
    expect(overlaid(ended, overlay({ presence: 'active' }))).toEqual(overlay({ presence: 'active' }));
  });

  test('is found without regard to case', () => {
    const view = viewOf({ ...seen, attributes: { userName: 'Anna', displayName: 'Änna', emails: [{ value: 'A@Example.org' }] } }, undefined);
    expect(keysOf('s', view)).toMatchObject({ userName: 'anna', display: 'änna', email: 'a@example.org' });
  });
});
