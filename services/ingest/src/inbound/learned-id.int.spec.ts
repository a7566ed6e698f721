import { toHeaders, topicName, TOPICS } from '@rolebridge/contracts';
import type { LearnedId, OutgoingRecord } from '@rolebridge/contracts';
import { URN } from '@rolebridge/scim';
import { eventually, FrontDoor } from '../test/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await FrontDoor.open();
});
afterAll(() => door.close());

function learned(userId: string, userUuid: string): OutgoingRecord {
  const value: LearnedId = { userId, userUuid, system: 'identity-authentication', at: '2026-11-22T08:00:00.000Z' };
  return { topic: topicName('learnedId', {}, door.prefix), key: userId, value: JSON.stringify(value), headers: toHeaders({ source: '/test', type: TOPICS.learnedId.eventType, subject: userId, time: value.at, correlationid: 'c-learned' }) };
}

const person = async (userName: string, more: object = {}) => (await door.post({ schemas: [URN.user], userName, ...more })).body;
const uuidsOf = (userName: string) => door.of(userName).map(({ generation, resource }) => [generation, resource[URN.sapUser]?.userUuid]);

test('a Global User ID that a directory gave becomes the person\'s, once: the second round is no change (L8)', async () => {
  const anna = await person('anna');
  await door.send(learned(anna.id, 'uuid-1'), learned(anna.id, 'uuid-1'), learned(anna.id, 'uuid-2'));
  await eventually(() => uuidsOf('anna').length === 2);
  await door.send(learned(anna.id, 'uuid-3'));
  const berta = await person('berta');
  await door.send(learned(berta.id, 'uuid-9'));
  await eventually(() => uuidsOf('berta').length === 2); // by then the one before was read
  expect(uuidsOf('anna')).toEqual([[1, undefined], [2, 'uuid-1']]);
  expect(door.of('anna').at(-1)?.cause).toMatchObject({ operation: 'patch', by: 'identity-authentication', correlationId: 'c-learned' });
});

test('of several in one batch about one person the first counts; people of whom the same is said all get it', async () => {
  const [emma, fritz, gerda] = [await person('emma'), await person('fritz'), await person('gerda')];
  await door.stop(); // what is sent meanwhile is read at once
  const together = [learned(emma.id, 'uuid-e'), learned(emma.id, 'uuid-e2'), learned(fritz.id, 'uuid-f'), learned(gerda.id, 'uuid-f')];
  await door.send(...together.map((record) => ({ ...record, key: emma.id })));
  await door.serve();
  await eventually(() => ['emma', 'fritz', 'gerda'].every((name) => uuidsOf(name).length === 2));
  expect(['emma', 'fritz', 'gerda'].map((name) => uuidsOf(name).at(-1))).toEqual([[2, 'uuid-e'], [2, 'uuid-f'], [2, 'uuid-f']]);
  expect(door.letters).toEqual([]);
});

test('one that the person has is never replaced, and nobody is made by it', async () => {
  const carla = await person('carla', { [URN.sapUser]: { userUuid: 'own' } });
  const dora = await person('dora');
  await door.send(learned(carla.id, 'other'), learned('6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01', 'nobody'), learned(dora.id, 'uuid-d'));
  await eventually(() => uuidsOf('dora').length === 2);
  expect(uuidsOf('carla')).toEqual([[1, 'own']]);
});
