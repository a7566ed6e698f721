import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase, migrate } from '@rolebridge/persistence';
import type { Database, Sql } from '@rolebridge/persistence';
import { bindFilter, findFilterPlace, groupModel, parseFilter, userModel } from '@rolebridge/scim';
import { MIGRATIONS } from '../settings.ts';
import { groupIds, listedGroups } from './groups-list.ts';
import { listedUsers, userIds } from './users-list.ts';
import type { Slice, Wanted } from './scim-list.ts';

const USERS = 100_000;
const model = userModel();
let database: Database;

beforeAll(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema, directory: MIGRATIONS });
  database = connectDatabase({ url, schema, applicationName: 'test' });
  await database.query(
    `insert into users (id, generation, presence, user_name_key, external_id, source, resource, cause, created_at, modified_at)
     select uuidv7(n * interval '1 millisecond'), 1, 'active', 'user-' || n, 'E-' || n, 'test', jsonb_build_object('userName', 'user-' || n, 'active', true, 'title', repeat('x', 300)), '{}', now(), '2026-01-01'::timestamptz + n * interval '1 second'
     from generate_series(1, $1) n`,
    [USERS],
  );
  await database.query(
    `insert into groups (id, generation, presence, resource, source, cause, created_at, modified_at)
     select uuidv7(n * interval '1 millisecond'), 1, 'active', jsonb_build_object('displayName', 'Group ' || n), 'test', '{}', now(), now() from generate_series(1, 5000) n`,
  );
  await database.query(`insert into group_member select g.id, u.id, 'User' from (select id from groups order by id limit 1) g, (select id from users order by id limit 20000) u`);
  await database.query('vacuum analyze users');
  await database.query('vacuum analyze groups');
  await database.query('vacuum analyze group_member');
}, 240_000);
afterAll(() => database.close());

/** Runs a list and tells how PostgreSQL works its statement that finds ids. */
async function planOf(list: (sql: Sql) => Promise<unknown>): Promise<string> {
  const seen: { text: string; parameters: readonly unknown[] }[] = [];
  const query: Sql['query'] = (text, parameters = []) => {
    seen.push({ text, parameters });
    return database.query(text, parameters);
  };
  await list({ query });
  const last = seen.at(-1);
  if (!last) throw new Error('nothing was asked');
  const rows = await database.query<Record<string, string>>(`explain ${last.text}`, last.parameters);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const users = (wanted: Wanted, slice: Partial<Slice> = {}) => planOf((sql) => userIds(sql, listedUsers(model, 'https://x/scim/v2'), wanted, { offset: 0, limit: 100, ...slice }));
const filtered = (text: string) => users({ filter: bindFilter(parseFilter(text), model) });

test.each([
  ['userName eq "USER-70000"', 'user_name'],
  ['userName eq "user-1" or userName eq "user-2"', 'user_name'],
  ['userName sw "user-7777"', 'users_living_user_name'],
  ['externalId eq "E-5" and active eq true', 'users_living_external_id'],
  ['id eq "019ffc4e-0000-7000-8000-000000000000"', 'users_'],
  ['meta.lastModified gt "2026-01-02T03:40:00Z"', 'users_modified'],
  ['groups.value eq "019ffc4e-0000-7000-8000-000000000000"', 'group_member'],
])('the filter %s reads an index, not every user', async (filter, index) => {
  const plan = await filtered(filter);
  expect(plan).toContain(index);
  expect(plan).not.toMatch(/Seq Scan on users/);
});

test('a filter over an attribute without index reads them once', async () => {
  expect((await filtered('title co "y"')).match(/Scan(?: using \w+)? on users/g)).toHaveLength(1);
});

test.each<[string, Wanted, Partial<Slice>, RegExp]>([
  ['a page far behind, in the order of ids', {}, { offset: 90_000 }, /Index Only Scan using users_living/],
  ['a page behind an id', {}, { behind: { id: '019ffc4e-0000-7000-8000-000000000000', inclusive: false } }, /Index Only Scan using users_living/],
  ['a page in the order of logins', { order: { place: findFilterPlace('userName', model) ?? fail(), descending: true } }, { offset: 50_000 }, /Scan Backward using users_living_user_name/],
])('%s reads an index and nothing but its page', async (_, wanted, slice, index) => {
  const plan = await users(wanted, slice);
  expect(plan).toMatch(index);
  expect(plan).not.toMatch(/Seq Scan|Sort/);
});

test('a group is found by its name, and by a member, through an index', async () => {
  const plan = (text: string) => planOf((sql) => groupIds(sql, listedGroups(groupModel(), 'https://x/scim/v2'), { filter: bindFilter(parseFilter(text), groupModel()) }, { offset: 0, limit: 100 }));
  expect(await plan('displayName eq "GROUP 77"')).toContain('groups_display_name');
  const [member] = await database.query<{ id: string }>('select member_id::text as id from group_member limit 1');
  expect(await plan(`members.value eq "${member?.id}"`)).toContain('group_member_of');
});

test('the login, and the last of a thousand pages by cursor, take milliseconds', async () => {
  const [far] = await database.query<{ id: string }>('select id::text as id from users order by id offset $1 limit 1', [USERS - 200]);
  const took = async (list: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let at = 0; at < 40; at += 1) {
      const started = performance.now();
      await list();
      times.push(performance.now() - started);
    }
    return times.toSorted((left, right) => left - right)[20];
  };
  const listed = listedUsers(model, 'https://x/scim/v2');
  const filter = bindFilter(parseFilter('userName eq "user-70000"'), model);
  expect(await took(() => userIds(database, listed, { filter }, { offset: 0, limit: 100 }))).toBeLessThan(50);
  expect(await took(() => userIds(database, listed, {}, { offset: 0, limit: 100, behind: { id: far?.id ?? '', inclusive: false } }))).toBeLessThan(50);
});

function fail(): never {
  throw new Error('no such place');
}
