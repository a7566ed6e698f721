import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase, migrate } from '@rolebridge/persistence';
import type { Database } from '@rolebridge/persistence';
import { bindFilter, compareCodePoints, findFilterPlace, foldText, matchesResource, parseFilter, ScimError, userModel, valuePlace } from '@rolebridge/scim';
import * as fc from 'fast-check';
import type { UserRow } from '../decide/user-row.ts';
import { viewOf } from '../inbound/user-view.ts';
import { MIGRATIONS } from '../settings.ts';
import { someFilter } from '../test/random-filters.ts';
import { rowsOf, someText, someUser } from '../test/random-users.ts';
import { listedUsers, listUsers } from './users-list.ts';
import { saveUsers } from './users.store.ts';

const model = userModel();
const BASE = 'https://rolebridge.example.org/scim/v2';
const listed = listedUsers(model, BASE);
const ALL = { offset: 0, limit: 1000 };

let database: Database;
let rows: readonly UserRow[];

beforeAll(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema, directory: MIGRATIONS });
  database = connectDatabase({ url, schema, applicationName: 'test' });
  rows = rowsOf(fc.sample(someUser, { numRuns: 120, seed: 7 }), model, new Date('2026-06-01T00:00:00Z'));
  await database.transaction((sql) => saveUsers(sql, [...rows, ...rowsOf([{}], model, new Date(0)).map((row): UserRow => ({ ...row, presence: 'absent' }))]));
});
afterAll(() => database.close());

const inDatabase = async (text: string) => (await listUsers(database, listed, { filter: bindFilter(parseFilter(text), model) }, ALL)).rows.map(({ id }) => id);
const inMemory = (text: string) => {
  const filter = bindFilter(parseFilter(text), model);
  return rows.filter((row) => matchesResource(filter, viewOf(row, { baseUrl: BASE, model, projection: {} }))).map(({ id }) => id);
};

describe('filters', () => {
  test('the database and the memory find the same users for every filter', async () => {
    let [some, all] = [0, 0];
    await fc.assert(
      fc.asyncProperty(someFilter, async (text) => {
        const expected = inMemory(text);
        if (expected.length > 0 && expected.length < rows.length) some += 1;
        all += 1;
        expect([text, await inDatabase(text)]).toEqual([text, expected]);
      }),
      { numRuns: 1500 },
    );
    expect(some).toBeGreaterThan(all / 4);
  });

  test('whatever a caller writes, the answer is users or invalidFilter', async () => {
    const wild = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.tuple(someFilter, fc.string({ maxLength: 3 }), fc.nat()).map(([text, junk, at]) => text.slice(0, at % (text.length + 1)) + junk + text.slice(at % (text.length + 1))));
    await fc.assert(
      fc.asyncProperty(wild, async (text) => {
        try {
          await inDatabase(text);
        } catch (error) {
          if (!(error instanceof ScimError)) throw error;
          expect(error.scimType).toBe('invalidFilter');
        }
      }),
      { numRuns: 800 },
    );
  });

  test.each(["userName eq \"' or 1=1 --\"", `displayName co "'; drop table users; --"`, 'title sw "$1"', 'userName eq "%"'])('%s is a question about text, nothing else', async (text) => {
    expect(await inDatabase(text)).toEqual([]);
    expect((await listUsers(database, listed, {}, ALL)).total).toBe(rows.length);
  });
});

describe('order and pages', () => {
  const order = (path: string, descending = false) => {
    const place = findFilterPlace(path, model);
    const values = place && valuePlace(place);
    if (!values) throw new Error(path);
    return { place: values, descending };
  };

  test.each(['userName', 'displayName', 'name.familyName', 'phoneNumbers', 'phoneNumbers.type', 'active', 'id', 'meta.lastModified', 'externalId', 'validFrom', 'roles.display', 'meta.location'])('sorted by %s, each user comes once, those without it last, and descending is the reverse', async (path) => {
    const ids = async (descending: boolean, offset: number, limit: number) => (await listUsers(database, listed, { order: order(path, descending) }, { offset, limit })).rows.map(({ id }) => id);
    const ascending = await ids(false, 0, 1000);
    expect(new Set(ascending).size).toBe(rows.length);
    expect(await ids(true, 0, 1000)).toEqual(ascending.toReversed());
    expect([...(await ids(false, 0, 50)), ...(await ids(false, 50, 50)), ...(await ids(false, 100, 50))]).toEqual(ascending);
  });

  test('texts without case are sorted without case, of several phone numbers the primary one counts', async () => {
    const { rows: sorted } = await listUsers(database, listed, { order: order('displayName') }, ALL);
    const names = sorted.map(({ user }) => user.displayName);
    const held = names.filter((name) => name !== undefined);
    expect(held.length).toBeGreaterThan(40);
    expect(names.slice(0, held.length).map((name) => foldText(name ?? ''))).toEqual(held.map(foldText).toSorted(compareCodePoints));
    const phones = (await listUsers(database, listed, { order: order('phoneNumbers') }, ALL)).rows.map(({ user }) => (user.phoneNumbers?.find(({ primary }) => primary) ?? user.phoneNumbers?.[0])?.value);
    const dialled = phones.filter((phone) => phone !== undefined).map(foldText);
    expect(dialled.length).toBeGreaterThan(30);
    expect(dialled).toEqual(dialled.toSorted(compareCodePoints));
  });

  test('the number of users is kept right through every kind of change', async () => {
    const total = async () => (await listUsers(database, listed, {}, { offset: 0, limit: 0 })).total;
    const counted = async () => (await database.query<{ n: number }>(`select count(*) as n from users where presence in ('active', 'disabled')`))[0]?.n;
    expect(await total()).toBe(rows.length);
    await database.transaction(async (sql) => {
      const [first, second] = rows;
      if (!first || !second) throw new Error('no rows');
      const left: UserRow = { ...first, presence: 'absent' };
      const fresh = rowsOf([{ title: 'new' }], model, new Date(5)).map((row): UserRow => ({ ...row, user: { ...row.user, userName: 'brand-new' } }));
      await saveUsers(sql, [left, second, ...fresh]);
    });
    expect(await total()).toBe(await counted());
    await database.transaction((sql) => saveUsers(sql, rows.slice(0, 1)));
    expect(await total()).toBe(await counted());
    expect(await total()).toBe(rows.length + 1);
    await database.query(`delete from users where user_name_key = 'brand-new'`);
    expect(await total()).toBe(await counted());
  });

  test('a page with a filter knows how many match, also beyond the end and without resources', async () => {
    const [word] = fc.sample(someText, { numRuns: 1, seed: 3 });
    const filter = bindFilter(parseFilter(`displayName pr or title eq ${JSON.stringify(word)}`), model);
    const all = await listUsers(database, listed, { filter }, ALL);
    expect(all.total).toBe(all.rows.length);
    expect(all.total).toBeGreaterThan(20);
    expect(await listUsers(database, listed, { filter }, { offset: 5000, limit: 10 })).toEqual({ total: all.total, rows: [] });
    expect(await listUsers(database, listed, { filter }, { offset: 0, limit: 0 })).toEqual({ total: all.total, rows: [] });
    const behind = all.rows[9];
    if (!behind) throw new Error('too few');
    expect((await listUsers(database, listed, { filter }, { offset: 0, limit: 5, behind: { id: behind.id, inclusive: false } })).rows).toEqual(all.rows.slice(10, 15));
  });
});
