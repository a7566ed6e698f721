import type { Slice } from '../store/scim-list.ts';
import { ScimPages } from './scim-pages.ts';
import { readListQuery } from './scim-query.ts';

const idAt = (at: number) => `0192f0c1-0000-7000-8000-${String(at).padStart(12, '0')}`;

/** A list as the database answers it, and what was skipped by counting. */
class List {
  ids = Array.from({ length: 5000 }, (_, at) => idAt(at));
  skipped = 0;

  part({ offset, limit, behind }: Slice): readonly string[] {
    if (!behind) this.skipped += offset;
    const from = behind ? this.ids.findIndex((id) => (behind.inclusive ? id >= behind.id : id > behind.id)) : offset;
    return from === -1 ? [] : this.ids.slice(from, from + limit);
  }
}

let nowMs = 0;
const page = (pages: ScimPages, list: List, query: Record<string, string>) => {
  const { slice, place } = pages.plan('Users', readListQuery(query));
  return place(list.part(slice));
};

describe('a walk by startIndex', () => {
  test('shows everybody once, and deep in the list counts no more', () => {
    const [pages, list, seen] = [new ScimPages(() => nowMs), new List(), [] as string[]];
    for (let startIndex = 1; startIndex <= 5000; startIndex += 100) seen.push(...page(pages, list, { startIndex: String(startIndex), count: '100' }).shown);
    expect(seen).toEqual(list.ids);
    expect(list.skipped).toBeLessThan(6000);
  });

  test('skips nobody when people before leave meanwhile, and forgets after ten minutes', () => {
    const [pages, list] = [new ScimPages(() => nowMs), new List()];
    const at = (startIndex: number) => page(pages, list, { startIndex: String(startIndex), count: '100' }).shown[0];
    expect(at(2001)).toBe(idAt(2000));
    list.ids = list.ids.slice(50);
    expect(at(2101)).toBe(idAt(2100));
    expect(at(2001)).toBe(idAt(2000));
    nowMs += 11 * 60_000;
    expect(at(2101)).toBe(idAt(2150));
  });

  test('near the beginning always counts, and another question has its own places', () => {
    const [pages, list] = [new ScimPages(() => nowMs), new List()];
    page(pages, list, { startIndex: '1', count: '100' });
    page(pages, list, { startIndex: '2001', count: '100' });
    list.ids = list.ids.slice(50);
    expect(page(pages, list, { startIndex: '101', count: '100' }).shown[0]).toBe(idAt(150));
    expect(page(pages, list, { startIndex: '2101', count: '100', filter: 'title pr' }).shown[0]).toBe(idAt(2150));
    expect(page(pages, list, { startIndex: '2101', count: '100', sortBy: 'userName' }).shown[0]).toBe(idAt(2150));
  });

  test('remembers no more than it may', () => {
    const [pages, list] = [new ScimPages(() => nowMs), new List()];
    page(pages, list, { startIndex: '2001', count: '100', filter: 'first' });
    for (let at = 0; at < 2000; at += 1) page(pages, list, { startIndex: '2001', count: '100', filter: String(at) });
    list.skipped = 0;
    page(pages, list, { startIndex: '2001', count: '100', filter: 'first' });
    expect(list.skipped).toBe(2000);
  });
});

describe('a walk by cursor (RFC 9865)', () => {
  test.each([{}, { sortBy: 'userName' }])('shows everybody once: %j', (more) => {
    const [pages, list, seen] = [new ScimPages(() => nowMs), new List(), [] as string[]];
    let cursor: string | undefined = '';
    for (let pageNumber = 0; cursor !== undefined && pageNumber < 100; pageNumber += 1) {
      const answer = page(pages, list, { cursor, count: '150', ...more });
      expect(answer.page).not.toHaveProperty('startIndex');
      seen.push(...answer.shown);
      cursor = (answer.page as { nextCursor?: string }).nextCursor;
    }
    expect(seen).toEqual(list.ids);
  });

  test('a page that ends early, because no more fit on it, still says where to go on', () => {
    const [pages, list] = [new ScimPages(() => nowMs), new List()];
    const { slice, place } = pages.plan('Groups', readListQuery({ cursor: '', count: '100' }));
    const { shown, page: first } = place(list.part(slice), 3);
    expect(shown).toHaveLength(3);
    const next = pages.plan('Groups', readListQuery({ cursor: (first as { nextCursor?: string }).nextCursor ?? 'none', count: '100' }));
    expect(list.part(next.slice)[0]).toBe(idAt(3));
  });

  test.each([
    ['of another list', () => cursorOf({ filter: 'title pr' })],
    ['that is none', () => 'abc'],
    ['with another place', () => Buffer.from(JSON.stringify({ ...parsed(cursorOf({})), behind: "' or 1=1" })).toString('base64url')],
    ['with an impossible place', () => Buffer.from(JSON.stringify({ ...parsed(cursorOf({})), behind: undefined, offset: -1 })).toString('base64url')],
  ])('a cursor %s is refused', (_, cursor) => {
    expect(() => page(new ScimPages(() => nowMs), new List(), { cursor: cursor(), count: '10' })).toThrow(expect.objectContaining({ scimType: 'invalidCursor' }));
  });
});

const parsed = (cursor: string) => JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as object;
function cursorOf(query: Record<string, string>): string {
  const { page: place } = page(new ScimPages(() => nowMs), new List(), { cursor: '', count: '10', ...query });
  return typeof place === 'number' ? '' : (place.nextCursor ?? '');
}
