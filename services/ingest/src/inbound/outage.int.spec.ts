import { testStack } from '@rolebridge/local-stack';
import { eventually, FrontDoor } from '../test/front-door.ts';
import { Line } from '../test/line.ts';

let line: Line;
let door: FrontDoor;
beforeAll(async () => {
  const url = new URL((await testStack()).databaseUrl);
  line = new Line(Number(url.port));
  url.host = `127.0.0.1:${await line.listen()}`;
  door = await FrontDoor.open({ DATABASE_URL: url.href, ACCEPT_TIMEOUT_MS: '2000', RETRY_AFTER_SECONDS: '7' });
});
afterAll(async () => {
  line.set('open');
  await door.close();
  line.close();
});

const rows = async (userName: string) => (await door.sql('select 1 from users where user_name_key = $1', [userName])).length;

test('while the database is away a caller is asked to repeat; then it works again, and nothing half done remains', async () => {
  await eventually(async () => [201, 409].includes((await door.post({ userName: 'before' })).status));
  line.set('cut');
  const refused = await Promise.all(['w1', 'w2', 'w3'].map((userName) => door.post({ userName })));
  expect(refused.map(({ status, headers, body }) => [status, headers.get('retry-after'), body.status])).toEqual(Array.from({ length: 3 }, () => [429, '7', '429']));
  expect((await door.call('GET', '/scim/v2/Users')).status).toBe(429);
  expect((await fetch(`${door.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${door.url}/livez`)).status).toBe(200);
  line.set('open');
  await eventually(async () => (await door.post({ userName: 'after' })).status === 201);
  expect([await rows('w1'), await rows('w2'), await rows('w3')]).toEqual([0, 0, 0]);
  await eventually(() => door.of('after').length > 0 && door.of('before').length > 0);
});

test('a database that says nothing any more delays the answer only so long', async () => {
  line.set('silent');
  const startedMs = Date.now();
  const answers = await Promise.all(['s1', 's2'].map((userName) => door.post({ userName })));
  expect(answers.map(({ status }) => status)).toEqual([429, 429]);
  expect(Date.now() - startedMs).toBeLessThan(8000);
  line.set('open');
  await eventually(async () => (await door.post({ userName: 'later' })).status === 201);
});

test('every person who was answered 201 is published, and nobody who is not stored is, though the line is cut again and again', async () => {
  const accepted: string[] = [];
  const work = (async () => {
    for (let at = 0; at < 300; at += 1) {
      const userName = `cut-${at}`;
      const { status } = await door.post({ userName });
      if (status === 201) accepted.push(userName);
    }
  })();
  const cutting = (async () => {
    for (let at = 0; at < 6; at += 1) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      line.set('cut');
      await new Promise((resolve) => setTimeout(resolve, 30));
      line.set('open');
    }
  })();
  await Promise.all([work, cutting]);
  const stored = (await door.sql<{ name: string }>(`select user_name_key as name from users where user_name_key like 'cut-%'`)).map(({ name }) => name);
  expect(accepted.length).toBeGreaterThan(0);
  expect(stored).toEqual(expect.arrayContaining(accepted));
  await eventually(() => stored.every((name) => door.of(name).length > 0));
  expect(door.users.filter(({ resource }) => resource.userName.startsWith('cut-')).every(({ resource }) => stored.includes(resource.userName))).toBe(true);
});
