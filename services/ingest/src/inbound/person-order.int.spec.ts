import { randomUUID } from 'node:crypto';
import { listOrders } from '@rolebridge/persistence';
import { eventually, FrontDoor, OPERATOR_TOKEN } from '../test/front-door.ts';

const WHY = { reason: 'Laptop stolen, ticket 4711.' };

describe('orders about one person', () => {
  let door: FrontDoor;
  beforeAll(async () => (door = await FrontDoor.open()));
  afterAll(() => door.close());

  const order = (kind: string, id: string, body: unknown = WHY) => door.call('POST', `/operator/users/${id}/${kind}`, JSON.stringify(body), { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' });
  const published = async (userName: string, count: number) => {
    await eventually(() => door.of(userName).length >= count);
    return door.of(userName).at(-1);
  };

  test('a lock goes out as a lock, is still known as one after another change, and ends with the unlock', async () => {
    const { id } = (await door.post({ userName: 'anna.berg', active: true })).body;
    expect(await order('lock', id)).toMatchObject({ status: 200, body: { userId: id, presence: 'disabled', generation: 2, changed: true } });
    expect(await published('anna.berg', 2)).toMatchObject({ presence: 'disabled', cause: { operation: 'lock', by: 'operator', locked: true } });
    expect(await order('lock', id)).toMatchObject({ status: 200, body: { generation: 2, changed: false } });

    await door.call('PATCH', `/scim/v2/Users/${id}`, { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op: 'replace', path: 'title', value: 'Head' }] });
    expect(await published('anna.berg', 3)).toMatchObject({ presence: 'disabled', cause: { operation: 'patch', locked: true } });

    expect(await order('unlock', id)).toMatchObject({ status: 200, body: { presence: 'active', generation: 4, changed: true } });
    const last = await published('anna.berg', 4);
    expect([last?.presence, last?.cause.operation, last?.cause.locked]).toEqual(['active', 'unlock', undefined]);
  });

  test('somebody whom the source disabled is locked all the same: what a brake may hold back becomes what none does', async () => {
    const { id } = (await door.post({ userName: 'bert.zimt', active: false })).body;
    expect(await order('lock', id)).toMatchObject({ status: 200, body: { presence: 'disabled', generation: 2, changed: true } });
    expect(await published('bert.zimt', 2)).toMatchObject({ cause: { operation: 'lock', locked: true } });
  });

  test('a republish sends the state again, with its generation', async () => {
    const { id } = (await door.post({ userName: 'cara.wolf' })).body;
    expect(await order('republish', id)).toMatchObject({ status: 200, body: { generation: 1, changed: true } });
    const [first, second] = (await published('cara.wolf', 2), door.of('cara.wolf'));
    expect(second).toEqual(first);
  });

  test('who, why and whom is written down; who is told by the credential, whatever the request says (L29)', async () => {
    const { id } = (await door.post({ userName: 'dora.hahn' })).body;
    await order('lock', id, { reason: 'Asked by li.ng@example.org.', by: 'somebody', operator: 'somebody' });
    const database = door.database(door.schema);
    const { orders } = await listOrders(database, { limit: 1 });
    await database.close();
    expect(orders).toMatchObject([{ order: 'lock', operator: 'night-shift', reason: 'Asked by [e-mail]', affected: 1, subjects: [id] }]);
  });

  test('nobody, somebody who left, no reason, no id and no right each get one sentence', async () => {
    const { id } = (await door.post({ userName: 'emil.gans' })).body;
    expect(await order('lock', id, {})).toMatchObject({ status: 400, body: { detail: 'reason: say in a sentence why this is right.' } });
    expect((await order('lock', 'emil')).status).toBe(400);
    expect(await order('lock', randomUUID())).toMatchObject({ status: 404, body: { detail: 'There is no user with this id.' } });
    await door.call('DELETE', `/scim/v2/Users/${id}`);
    expect(await order('lock', id)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('left already') } });
    expect((await door.call('POST', `/operator/users/${id}/lock`, JSON.stringify(WHY), { 'content-type': 'application/json' })).status).toBe(401);
    expect(door.of('emil.gans').map(({ cause }) => cause.operation)).not.toContain('lock');
  });
});
