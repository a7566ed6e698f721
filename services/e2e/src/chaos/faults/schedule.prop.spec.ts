import * as fc from 'fast-check';
import { CHAOS_SERVICES, generateSchedule, PAUSES_MS } from './schedule.ts';

const options = fc.record({ seed: fc.nat(), durationMs: fc.integer({ min: 6_000, max: 600_000 }), infrastructure: fc.boolean() });

test('the same seed breaks the same things at the same times, all within the run and in order', () => {
  fc.assert(fc.property(options, (one) => {
    const schedule = generateSchedule(one);
    expect(generateSchedule(one)).toEqual(schedule);
    expect(schedule.length).toBeGreaterThan(2);
    expect(schedule.map(({ atMs }) => atMs)).toEqual(schedule.map(({ atMs }) => atMs).toSorted((left, right) => left - right));
    expect(schedule.every(({ atMs }) => atMs >= 0 && atMs <= one.durationMs)).toBe(true);
  }));
});

test('a process sleeps until its leases run out and wakes before the end; broker and database are touched only if they are ours', () => {
  fc.assert(fc.property(options, (one) => {
    for (const strike of generateSchedule(one)) {
      if (strike.kind === 'pause') expect([strike.forMs >= 12_000, strike.atMs + strike.forMs <= one.durationMs]).toEqual([true, true]);
      if (!one.infrastructure) expect(['kill-server', 'put-back']).not.toContain(strike.kind);
    }
  }));
});

test('two minutes are enough to break everything at least once', () => {
  fc.assert(fc.property(fc.nat(), (seed) => {
    const schedule = generateSchedule({ seed, durationMs: 6 * PAUSES_MS.longest, infrastructure: true });
    expect(new Set(schedule.map(({ kind }) => kind))).toEqual(new Set(['kill', 'pause', 'second', 'kill-server', 'put-back', 'target', 'redeliver']));
    expect(new Set(schedule.flatMap((strike) => (strike.kind === 'kill' ? [strike.service] : [])))).toEqual(new Set(CHAOS_SERVICES));
    expect(new Set(schedule.flatMap((strike) => (strike.kind === 'kill-server' ? [strike.server] : [])))).toEqual(new Set(['broker', 'database']));
    expect(new Set(schedule.flatMap((strike) => (strike.kind === 'target' ? [strike.fault.kind] : [])))).toEqual(new Set(['reset-after', 'reset-before', 'server-error', 'throttle', 'latency', 'duplicate', 'down']));
  }));
});
