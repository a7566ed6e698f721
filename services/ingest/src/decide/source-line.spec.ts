import { advanced, nextParked, parkedAt, turnOf } from './source-line.ts';
import type { Arrival, SourceLine } from './source-line.ts';

const unknown: SourceLine = { key: 'k', source: 's', parked: [] };
const known: SourceLine = { ...unknown, userId: 'u' };
const numbered: SourceLine = { ...known, lastSequence: 5 };
const waiting: SourceLine = parkedAt(known, { position: 1 });
const leaver: SourceLine = { ...known, left: { atMs: 100, offset: 7 } };
const at = (arrival: Arrival, atMs: number, offset?: number): Arrival => ({ ...arrival, moment: { atMs, ...(offset !== undefined && { offset }) } });
const whole = (sequence?: number): Arrival => ({ whole: true, ends: false, moment: { atMs: 0 }, ...(sequence !== undefined && { sequence }) });
const delta = (sequence?: number): Arrival => ({ whole: false, ends: false, moment: { atMs: 0 }, ...(sequence !== undefined && { sequence }) });

test.each<[string, SourceLine, Arrival, string]>([
  ['a whole user of an unknown record', unknown, whole(), 'apply'],
  ['a whole user over a gap', numbered, whole(9), 'apply'],
  ['a whole user that is older', numbered, whole(5), 'stale'],
  ['a delta of an unknown record', unknown, delta(), 'unknown-record'],
  ['a delta without number', known, delta(), 'apply'],
  ['a delta without number behind a waiting one', waiting, delta(), 'behind-parked'],
  ['the next delta', numbered, delta(6), 'apply'],
  ['the next delta, while later ones wait', parkedAt(numbered, { position: 1, sequence: 8 }), delta(6), 'apply'],
  ['a delta after a gap', numbered, delta(7), 'sequence-gap'],
  ['a delta that took effect', numbered, delta(5), 'stale'],
  ['a whole user from before its person left', leaver, at(whole(), 99), 'stale'],
  ['a delta from before its person left', leaver, at(delta(), 99), 'stale'],
  ['an event of the moment of leaving', leaver, at(whole(), 100), 'stale'],
  ['an event of that millisecond, but from before it', leaver, at(whole(), 100, 6), 'stale'],
  ['the leaving itself, read again', leaver, at(whole(), 100, 7), 'stale'],
  ['an event of that millisecond, but from after it', leaver, at(whole(), 100, 8), 'apply'],
  ['a whole user from after its person left', leaver, at(whole(), 101), 'apply'],
  ['a newer number, whatever the time says', { ...numbered, left: { atMs: 100 } }, at(whole(6), 99), 'apply'],
])('%s', (_, line, arrival, expected) => {
  const turn = turnOf(line, arrival);
  expect(turn.kind === 'park' ? turn.reason : turn.kind).toBe(expected);
});

describe('what waits has its turn when the gap closes, and ends when a whole user takes its place', () => {
  const line = [9, 7, 8, 12].reduce((held, sequence, position) => parkedAt(held, { position, sequence }), numbered);

  test('the gap closes', () => {
    const after = advanced(line, delta(6), 'u');
    expect(after.lastSequence).toBe(6);
    expect(nextParked(after)?.sequence).toBe(7);
    expect(nextParked(advanced(after, delta(7), 'u'))?.sequence).toBe(8);
    expect(nextParked(line)).toBeUndefined();
  });

  test('a whole user ends what is not newer', () => {
    const after = advanced(line, whole(8), 'u');
    expect(after.parked.map(({ sequence }) => sequence)).toEqual([9, 12]);
    expect(nextParked(after)?.sequence).toBe(9);
  });

  test('without numbers a whole user ends all', () => {
    expect(advanced(waiting, whole(), 'u').parked).toEqual([]);
  });

  test('a record that becomes known is worked from its first delta', () => {
    const held = parkedAt(parkedAt(unknown, { position: 1, sequence: 2 }), { position: 2, sequence: 3 });
    const after = advanced(held, whole(1), 'u');
    expect(nextParked(after)?.sequence).toBe(2);
  });
});

test('a line knows the latest moment at which its person left', () => {
  const leaving = (atMs: number): Arrival => ({ whole: true, ends: true, moment: { atMs } });
  expect(advanced(known, whole(), 'u').left).toBeUndefined();
  expect(advanced(advanced(known, leaving(7), 'u'), at(whole(), 9), 'u').left?.atMs).toBe(7);
  expect(advanced(leaver, leaving(50), 'u').left?.atMs).toBe(100);
});
