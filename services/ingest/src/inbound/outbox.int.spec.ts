import type { OutboxListing } from '@rolebridge/contracts';
import { topicName } from '@rolebridge/contracts';
import { eventually, FrontDoor, OPERATOR_TOKEN } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => (door = await FrontDoor.open()));
afterAll(() => door.close());

const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' };
const ask = (method: string, path: string, body?: unknown) => door.call(method, `/operator/outbox${path}`, body === undefined ? undefined : JSON.stringify(body), headers);
const listing = async () => (await ask('GET', '')).body as unknown as OutboxListing;

test('a record that the broker really refuses lets nobody else wait; dropped, what waits behind it arrives in order (L3)', async () => {
  const topic = topicName('user', {}, door.prefix);
  const { id } = (await door.post({ userName: 'anna.berg', title: '0' })).body;
  await eventually(() => door.of('anna.berg').length === 1);
  await door.sql(`insert into outbox (topic, key, value, headers) values ($1, $2, repeat('x', 1500000), '{}')`, [topic, id]);
  for (const title of ['1', '2', '3']) await door.call('PATCH', `/scim/v2/Users/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'title', value: title }] });
  await door.post({ userName: 'bert.zimt' });
  await eventually(async () => door.of('bert.zimt').length === 1 && (await listing()).aside === 4);
  expect(await listing()).toMatchObject({ rows: 0, keys: [{ topic, key: id, code: 'record-too-large', records: 4, refused: 1 }] });
  expect(door.of('anna.berg').map(({ resource }) => resource['title'])).toEqual(['0']);

  expect(await ask('POST', '/release', { topic, key: id, reason: 'Perhaps it goes now.' })).toMatchObject({ status: 200, body: { going: 4, lost: 0 } });
  await eventually(async () => (await listing()).aside === 4);
  expect(await ask('POST', '/drop', { topic, key: id, reason: 'It was made by hand.' })).toMatchObject({ status: 200, body: { going: 3, lost: 1 } });
  await eventually(() => door.of('anna.berg').length === 4);
  expect(door.of('anna.berg').map(({ resource }) => resource['title'])).toEqual(['0', '1', '2', '3']);
  expect(await ask('POST', '/drop', { topic, key: id, reason: 'Once more.' })).toMatchObject({ status: 404, body: { detail: expect.stringContaining('Nothing is set aside') } });
  expect(await ask('POST', '/drop', { topic, key: id })).toMatchObject({ status: 400, body: { detail: 'reason: say in a sentence why this is right.' } });
});
