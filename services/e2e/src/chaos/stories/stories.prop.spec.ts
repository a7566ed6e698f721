import * as fc from 'fast-check';
import { eventsOf } from './events.ts';
import { generateStory } from './generate.ts';
import { CHAOS_SYSTEMS, oracleOf } from './oracle.ts';
import { type Change, changesByPerson, type ChangeKind, familyName, numberIn, personIn, type PersonState, type Story } from './story.ts';

const anyStory = fc.record({ seed: fc.nat(), people: fc.integer({ min: 1, max: 60 }), durationMs: fc.integer({ min: 1_000, max: 300_000 }) });
const strandsOf = ({ strands }: Story): readonly (readonly Change[])[] => strands.map(({ changes }) => changes);

describe('a story', () => {
  test('is the same for the same seed, and has as many people as asked for', () => {
    fc.assert(fc.property(anyStory, (options) => {
      const story = generateStory(options);
      expect(generateStory(options)).toEqual(story);
      expect(changesByPerson(story).size).toBe(options.people);
    }), { numRuns: 30 });
  });

  test('numbers all its changes without gaps, and in each strand times and numbers rise', () => {
    fc.assert(fc.property(anyStory, (options) => {
      const strands = strandsOf(generateStory(options));
      const numbers = strands.flat().map(({ number }) => number).toSorted((one, other) => one - other);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      for (const changes of strands) {
        expect(changes.map(({ number }) => number)).toEqual(changes.map(({ number }) => number).toSorted((one, other) => one - other));
        expect(changes.map(({ atMs }) => atMs)).toEqual(changes.map(({ atMs }) => atMs).toSorted((one, other) => one - other));
        expect(changes.every(({ atMs }) => atMs >= 0 && atMs <= options.durationMs)).toBe(true);
      }
    }), { numRuns: 30 });
  });

  test('never gives a login to two people who are there at the same time', () => {
    fc.assert(fc.property(anyStory, (options) => {
      const holders = new Map<string, string>();
      const logins = new Map<string, string>();
      for (const { person, after } of strandsOf(generateStory(options)).flat().toSorted((one, other) => one.number - other.number)) {
        const before = logins.get(person);
        if (before !== undefined) holders.delete(before);
        if (after === null) continue;
        expect(holders.get(after.login)).toBeUndefined();
        holders.set(after.login, person);
        logins.set(person, after.login);
      }
    }), { numRuns: 30 });
  });

  test('on the topic speaks of one person per strand, numbers them without gaps and says every change', () => {
    fc.assert(fc.property(anyStory, (options) => {
      for (const { by, changes } of generateStory(options).strands.filter((strand) => strand.by === 'topic')) {
        expect([by, new Set(changes.map(({ person }) => person)).size]).toEqual(['topic', 1]);
        const values = eventsOf(changes, { topicPrefix: '', seed: 1, startMs: 0 }).map(({ value }) => JSON.parse(value ?? '') as { readonly sequence: number; readonly operation: string });
        expect(values.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
        expect(values.map(({ operation }) => operation === 'delete')).toEqual(changes.map(({ after }) => after === null));
      }
    }), { numRuns: 30 });
  });

  test('is possible: nobody changes before joining or after leaving, and only those come back who left', () => {
    fc.assert(fc.property(anyStory, (options) => {
      for (const changes of changesByPerson(generateStory(options)).values()) {
        const there = changes.map((_, index) => changes[index - 1]?.after ?? null);
        expect(changes[0]?.kind).toBe('joiner');
        changes.slice(1).forEach(({ kind }, index) => expect(kind === 'rehire').toBe(there[index + 1] === null));
      }
    }), { numRuns: 30 });
  });

  test('of a usual size has chains of logins, people who are refused, dates, leavers and people who come back', () => {
    const { strands } = generateStory({ seed: 1, people: 30, durationMs: 60_000 });
    const kinds = new Set<ChangeKind>(strands.flatMap(({ changes }) => changes.map(({ kind }) => kind)));
    expect(new Set(strands.map(({ theme }) => theme))).toEqual(new Set(['life', 'chain', 'refused', 'dated']));
    for (const kind of ['joiner', 'mover', 'rename', 'roles', 'lock', 'unlock', 'leaver', 'rehire', 'dates'] as const) expect(kinds).toContain(kind);
  });
});

test('a family name tells person and number, and nothing else does', () => {
  expect([personIn(familyName('C-007', 12)), numberIn(familyName('C-007', 12))]).toEqual(['C-007', 12]);
  expect([personIn('Berg'), numberIn('Berg'), numberIn(undefined)]).toEqual([undefined, 0, 0]);
});

describe('the oracle', () => {
  const state: PersonState = { login: 'c-1', active: true, userType: 'employee', units: ['2100', '1000'], manager: true, email: true };
  const after = (...states: readonly (PersonState | null)[]) => {
    const changes = states.map((one, index): Change => ({ number: index + 1, person: 'C-1', kind: 'mover', atMs: 0, after: one }));
    return oracleOf({ strands: [{ theme: 'life', by: 'scim', changes }], endMs: 1_000 }).get('C-1');
  };

  test('says what the rules give', () => {
    expect(after(state)).toEqual({
      'sales-cloud': { account: 'usable', login: 'c-1', number: 1, units: ['1000', '2100'], roles: ['SALES_MANAGER', 'SALES_REP', 'SERVICE_AGENT'], refused: 'never', heir: false },
      fieldglass: { account: 'usable', login: 'c-1', number: 1, units: ['1000', '2100'], roles: [], refused: 'never', heir: false },
      'chaos-directory': { account: 'usable', login: 'c-1', number: 1, units: [], roles: ['G-1000', 'G-2100', 'MANAGERS'], refused: 'never', heir: false },
    });
  });

  test.each<[string, readonly (PersonState | null)[], readonly string[]]>([
    ['locked', [state, { ...state, active: false }], ['locked', 'locked', 'locked']],
    ['outside the dates', [{ ...state, validUntilMs: 999 }], ['locked', 'locked', 'locked']],
    ['inside the dates', [{ ...state, validFromMs: 1_000, validUntilMs: 1_001 }], ['usable', 'usable', 'usable']],
    ['gone', [state, null], ['gone', 'gone', 'gone']],
    ['back', [state, null, state], ['usable', 'usable', 'usable']],
    ['a contractor from the beginning', [{ ...state, userType: 'contractor' }], ['usable', 'none', 'usable']],
    ['a contractor who was an employee', [state, { ...state, userType: 'contractor' }], ['usable', 'gone', 'usable']],
  ])('%s', (_, states, accounts) => {
    const expected = after(...states);
    expect(CHAOS_SYSTEMS.map((system) => expected?.[system].account)).toEqual(accounts);
  });

  test('knows who is refused: for ever, once, or never', () => {
    const without = { ...state, email: false };
    expect([after(without), after(without, state), after(without, null), after(state)].map((expected) => expected?.fieldglass.refused)).toEqual(['must', 'once', 'once', 'never']);
  });
});
