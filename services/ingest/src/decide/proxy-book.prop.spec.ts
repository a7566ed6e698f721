import type { ObservedAccount } from '@rolebridge/contracts';
import * as fc from 'fast-check';
import { ProxyBook } from './proxy-book.ts';
import type { ProxyRow } from './proxy-row.ts';

const SYSTEM = 'fieldglass';
const PEOPLE = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const KEYS = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];

interface Sight {
  readonly key: string;
  readonly generation: number;
  readonly account: ObservedAccount | null;
}

const account = (generation: number, userId: string | undefined, title: string): ObservedAccount => ({
  system: SYSTEM, generation, accountId: title, ...(userId !== undefined && { userId, accountGeneration: generation }), presence: 'active', attributes: { userName: title, title: `${title}-${generation}` }, entitlements: [], at: '2026-11-22T08:00:00.000Z',
});

/** What a connector tells of three accounts: each with rising generations, each person owning at most one account. */
const histories = fc.array(fc.record({ at: fc.nat(2), gone: fc.boolean(), owned: fc.boolean() }), { minLength: 1, maxLength: 12 }).map((steps) => {
  const generations = new Map<number, number>();
  return steps.map(({ at, gone, owned }): Sight => {
    const generation = (generations.get(at) ?? 0) + 1;
    generations.set(at, generation);
    return { key: KEYS[at] ?? '', generation, account: gone ? null : account(generation, owned ? PEOPLE[at] : undefined, `acc-${at}`) };
  });
});

function booked(sights: readonly Sight[], rows: readonly ProxyRow[] = []): ProxyBook {
  const book = new ProxyBook(SYSTEM, rows);
  for (const { key, generation, account: seen } of sights) book.see(key, generation, seen);
  return book;
}

const shownOf = (book: ProxyBook) => new Map(book.changed.filter(({ accountKey }) => accountKey !== undefined).map(({ accountKey, view }) => [accountKey, view?.attributes['title']]));
const idsOf = (book: ProxyBook) => new Map(book.changed.flatMap(({ accountKey, id }) => (accountKey === undefined ? [] : [[accountKey, id] as const])));

describe('the read model of one system', () => {
  test('ends the same whatever is told twice', () => {
    fc.assert(fc.property(histories, fc.array(fc.nat(11), { maxLength: 6 }), (history, again) => {
      const repeated = [...history, ...again.flatMap((at) => history[at] ?? [])];
      expect(shownOf(booked(repeated))).toEqual(shownOf(booked(history)));
    }));
  });

  test('never goes backwards: what is shown of an account is the newest that was told', () => {
    fc.assert(fc.property(histories, fc.infiniteStream(fc.nat()), (history, random) => {
      const shuffled = history.map((sight) => ({ sight, order: random.next().value ?? 0 })).toSorted((a, b) => a.order - b.order).map(({ sight }) => sight);
      const newest = new Map<string, Sight>();
      for (const sight of history) if ((newest.get(sight.key)?.generation ?? 0) < sight.generation) newest.set(sight.key, sight);
      const shown = shownOf(booked(shuffled));
      for (const [key, { account: last }] of newest) expect(shown.get(key)).toBe(last?.attributes.title);
    }));
  });

  test('gives an account one id for good', () => {
    fc.assert(fc.property(histories, fc.nat(11), (history, cut) => {
      const before = booked(history.slice(0, cut));
      const after = booked(history.slice(cut), before.changed);
      for (const [key, id] of idsOf(before)) expect(after.byId(id)?.accountKey ?? key).toBe(key);
    }));
  });
});

describe('what was accepted is shown', () => {
  const [anna = ''] = PEOPLE;
  const [key = ''] = KEYS;
  const requested = (): ProxyBook => {
    const book = new ProxyBook(SYSTEM, []);
    book.request({ system: SYSTEM, id: anna, userId: anna }, { presence: 'active', attributes: { userName: 'anna', title: 'wished' }, add: [{ type: 'group', value: 'G', rules: ['request:idm'] }], remove: [] }, 5);
    return book;
  };
  const see = (book: ProxyBook, generation: number, accountGeneration: number): void => book.see(key, generation, { ...account(generation, anna, 'anna'), accountGeneration });

  test('until an observation covers it, in whatever order judgement and observation arrive', () => {
    const late = requested();
    late.cover(anna, 5, 3);
    see(late, 1, 2);
    expect(late.ofUser(anna)?.view).toMatchObject({ attributes: { title: 'wished' }, entitlements: [{ value: 'G' }] });
    see(late, 2, 3);
    expect(late.ofUser(anna)?.view).toMatchObject({ attributes: { title: 'anna-2' }, entitlements: [] });
    const early = requested();
    see(early, 1, 3);
    expect(early.ofUser(anna)?.view).toMatchObject({ attributes: { title: 'wished' } });
    early.cover(anna, 5, 3);
    expect(early.ofUser(anna)?.view).toMatchObject({ attributes: { title: 'anna-1' } });
  });

  test('a judgement of an older generation covers nothing', () => {
    const book = requested();
    see(book, 1, 9);
    book.cover(anna, 4, 1);
    expect(book.ofUser(anna)?.overlay).toBeDefined();
  });

  test('when an account that was seen without a person turns out to be the one requested, the id that the request told stays', () => {
    const book = requested();
    book.see(key, 1, account(1, undefined, 'anna'));
    const stranger = book.changed.find((row) => row.accountKey === key)?.id ?? '';
    expect(stranger).not.toBe(anna);
    see(book, 2, 1);
    expect(book.ofUser(anna)).toMatchObject({ id: anna, accountKey: key });
    expect(book.byId(stranger)?.id).toBe(anna);
    expect(book.changed.filter(({ view }) => view !== undefined)).toHaveLength(1);
  });

  test('an account that nobody can be given stays shown as wished, since nothing was applied', () => {
    const book = requested();
    book.deliver(anna, { generation: 1, userGeneration: 5, state: 'rejected' });
    book.cover(anna, 5, null);
    expect(book.ofUser(anna)).toMatchObject({ covering: 1, overlay: { presence: 'active' } });
  });
});
