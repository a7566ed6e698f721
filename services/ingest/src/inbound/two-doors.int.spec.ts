import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor } from '../test/front-door.ts';

let door: FrontDoor;
let urls: readonly string[];
beforeAll(async () => {
  door = await FrontDoor.open();
  const second = await door.serve();
  urls = [door.url, second.url];
});
afterAll(() => door.close());

const PEOPLE = 40;

test('two instances on one database: each login is given once, and the generations of a person only rise', async () => {
  const names = Array.from({ length: PEOPLE }, (_, at) => `both-${at}`);
  const created = await Promise.all(names.flatMap((userName, at) => urls.map((url) => door.call('POST', `${url}/scim/v2/Users`, { userName: at % 2 ? userName : userName.toUpperCase() }))));
  const accepted = created.filter(({ status }) => status === 201);
  expect([accepted.length, created.filter(({ status }) => status === 409).length]).toEqual([PEOPLE, PEOPLE]);
  const patch = (title: string) => ({ schemas: [URN.patchOp], Operations: [{ op: 'replace', path: 'title', value: title }] });
  const rounds = Array.from({ length: 5 }, (_, at) => at);
  const changed = await Promise.all(rounds.flatMap((round) => accepted.flatMap(({ body }) => urls.map((url, which) => door.call('PATCH', `${url}/scim/v2/Users/${body.id}`, patch(`${round}-${which}`))))));
  expect(changed.filter(({ status }) => status !== 200).map(({ status, body }) => [status, body.detail])).toEqual([]);
  const stored = await door.sql<{ id: string; generation: number }>('select id, generation from users');
  await eventually(() => stored.every(({ id, generation }) => door.users.some((user) => user.id === id && user.generation === generation)));
  for (const { id, generation } of stored) {
    expect(door.users.filter((user) => user.id === id).map((user) => user.generation)).toEqual(Array.from({ length: generation }, (_, at) => at + 1));
  }
});

test('one key used at both instances at once has one outcome', async () => {
  const headers = { 'idempotency-key': 'at-both' };
  const answers = await Promise.all([...urls, ...urls].map((url) => door.call('POST', `${url}/scim/v2/Users`, { userName: 'keyed' }, headers)));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
});
