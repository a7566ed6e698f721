import { URN } from '@rolebridge/scim';
import type { UserRow } from '../decide/user-row.ts';
import { newUserId } from '../store/new-user-id.ts';
import { saveUsers } from '../store/users.store.ts';
import { eventually, FrontDoor } from '../test/front-door.ts';

const MEMBERS = 20_000;
let door: FrontDoor;
let ids: readonly string[];

const person = (at: number): UserRow => {
  const now = new Date().toISOString();
  return { id: newUserId(), generation: 1, presence: 'active', user: { userName: `many-${at}`, active: true }, requested: {}, source: 'test', cause: { operation: 'create', at: now, by: 'test', correlationId: 'c' }, created: now, modified: now };
};

beforeAll(async () => {
  door = await FrontDoor.open();
  const database = door.database(door.schema);
  const rows = Array.from({ length: MEMBERS }, (_, at) => person(at));
  for (let at = 0; at < MEMBERS; at += 2000) await database.transaction((sql) => saveUsers(sql, rows.slice(at, at + 2000)));
  await database.close();
  ids = rows.map(({ id }) => id);
}, 120_000);
afterAll(() => door.close());

const put = (id: string, members: readonly string[]) => door.call('PUT', `/scim/v2/Groups/${id}?excludedAttributes=members`, { displayName: 'Everybody', members: members.map((value) => ({ value })) });
const waiting = async () => (await door.sql<{ n: number }>('select count(*) as n from fan_out'))[0]?.n ?? -1;
const inGroup = async (id: string) => (await door.sql<{ n: number }>(`select count(*) as n from users where member_of @> jsonb_build_array(jsonb_build_object('id', $1::text))`, [id]))[0]?.n;
/** As if the process had died in the middle: the database ends its transactions. Several suites may share the database; theirs repeat as well. */
const cut = async () => (await door.sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ingest-groups' and state <> 'idle'`)).length;

/** Changes single users, one after the other, while users are being raised; how long each took, milliseconds. */
async function changeSingles(): Promise<{ readonly took: readonly number[]; readonly cuts: number }> {
  const took: number[] = [];
  let cuts = 0;
  for (let at = 0; (await waiting()) > 0 && at < 400; at += 1) {
    const started = performance.now();
    const { status } = await door.call('PATCH', `/scim/v2/Users/${ids[(at * 97) % MEMBERS]}`, { schemas: [URN.patchOp], Operations: [{ op: 'replace', path: 'title', value: `t${at}` }] });
    expect(status).toBe(200);
    took.push(performance.now() - started);
    if (at % 10 === 5) cuts += await cut();
  }
  return { took, cuts };
}

test('a change of a group with 20 000 members is paced, blocks nobody, and loses nobody when it is cut off again and again (L7)', async () => {
  const { body } = await door.call('POST', '/scim/v2/Groups', { displayName: 'Everybody' });
  expect((await put(body.id, ids)).status).toBe(200);
  expect(await waiting()).toBeGreaterThan(MEMBERS / 2);
  const started = performance.now();
  const { took, cuts } = await changeSingles();
  const raisedAfter = performance.now() - started;
  expect(cuts).toBeGreaterThan(0);
  expect(took.length).toBeGreaterThan(30);
  const sorted = took.toSorted((left, right) => left - right);
  // whoever were blocked would wait for all 20 000
  expect(sorted[Math.floor(sorted.length * 0.95)]).toBeLessThan(raisedAfter / 10);

  await eventually(async () => (await waiting()) === 0, 120_000);
  expect(await inGroup(body.id)).toBe(MEMBERS);
  const newest = () => new Map(door.users.map((user) => [user.id, user]));
  await eventually(() => [...newest().values()].filter(({ groups }) => groups.some(({ id }) => id === body.id)).length === MEMBERS, 60_000);
  // nobody is raised twice: whoever was not changed besides has the second generation
  const changed = new Set(took.map((_, at) => ids[(at * 97) % MEMBERS]));
  expect([...newest().values()].filter(({ id, generation }) => !changed.has(id) && generation !== 2)).toEqual([]);

  // half of them leave the group, the others hear nothing
  const records = door.users.length;
  expect((await put(body.id, ids.slice(0, MEMBERS / 2))).status).toBe(200);
  await eventually(async () => (await waiting()) === 0, 120_000);
  expect(await inGroup(body.id)).toBe(MEMBERS / 2);
  await eventually(() => door.users.length >= records + MEMBERS / 2, 60_000);
  expect(door.users).toHaveLength(records + MEMBERS / 2);
}, 300_000);
