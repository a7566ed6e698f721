import { topicName } from '@rolebridge/contracts';
import type { UserChange } from '@rolebridge/contracts';
import { openTransaction } from '@rolebridge/kafka/test';
import { backUp } from '@rolebridge/local-stack';
import { createLogger, loadEnvironment } from '@rolebridge/observability';
import type { Database } from '@rolebridge/persistence';
import { IngestEnvironment } from './environment.ts';
import { restoreIngest } from './run-restored.ts';
import { CONSUMER } from './settings.ts';
import { eventually, FrontDoor, OPERATOR_TOKEN } from './test/front-door.ts';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

describe('a schema that was put back from an older backup', () => {
  let door: FrontDoor;
  let database: Database;
  beforeEach(async () => {
    door = await FrontDoor.open();
    database = door.database(door.schema);
  });
  afterEach(async () => {
    await door.close();
    await database.close();
  });

  const restore = async () => {
    const environment = loadEnvironment(IngestEnvironment, { ...door.environment, TOPIC_PREFIX: door.prefix, PORT: '0' });
    return restoreIngest({ environment, log: createLogger({ service: 'ingest', level: 'silent' }), version: 'test', schema: door.schema });
  };
  const people = async () => new Map((await door.sql<{ id: string; presence: string; name: string; title: string | null }>(`select id, presence, resource->>'userName' as name, resource->>'title' as title from users`)).map((row) => [row.id, row]));
  const rename = (id: string, path: string, value: string) => door.call('PATCH', `/scim/v2/Users/${id}`, { schemas: [PATCH_OP], Operations: [{ op: 'replace', path, value }] });
  const highest = () => Math.max(...door.users.map(({ generation }) => generation));

  test('whoever was accepted since comes back with id, name and presence, nobody twice, nobody who was erased; later changes are news to every reader', async () => {
    const [anna, bert, cleo] = [(await door.post({ userName: 'anna' })).body.id, (await door.post({ userName: 'bert' })).body.id, (await door.post({ userName: 'cleo' })).body.id];
    await door.send(door.change({ operation: 'create', recordId: '77', sequence: 1, user: { userName: 'carl' } }, { id: 'e-77-1' }));
    const unnumbered = (title: string) => door.change({ operation: 'patch', recordId: '99', patch: [{ op: 'replace', path: 'title', value: title }] }, { id: `e-99-${title}` });
    await door.send(door.change({ operation: 'create', recordId: '99', user: { userName: 'nina' } }, { id: 'e-99' }));
    const erna = (await door.post({ userName: 'erna', externalId: 'E-4711' })).body.id;
    await eventually(() => door.of('carl').length === 1 && door.of('nina').length === 1);
    const putBack = await backUp(database, door.schema);

    await rename(anna, 'title', 'Head');
    await rename(bert, 'userName', 'bert.old');
    const newBert = (await door.post({ userName: 'bert' })).body.id;
    const dora = (await door.post({ userName: 'dora' })).body.id;
    for (const id of [cleo, erna]) await door.call('DELETE', `/scim/v2/Users/${id}`);
    expect((await door.call('POST', `/operator/users/${erna}/erase`, { reason: 'asked for' }, { authorization: `Bearer ${OPERATOR_TOKEN}` })).status).toBe(200);
    const patch = (recordId: string, sequence: number, title: string) => door.change({ operation: 'patch', recordId, sequence, patch: [{ op: 'replace', path: 'title', value: title }] }, { id: `e-${recordId}-${sequence}` });
    await door.send(patch('77', 2, 'A'), patch('77', 3, 'B'), door.change({ operation: 'create', recordId: '88', sequence: 1, user: { userName: 'emil' } }, { id: 'e-88-1' }), patch('77', 5, 'waits for 4'));
    await door.send(unnumbered('X'), unnumbered('Y'));
    await eventually(async () => door.of('nina').at(-1)?.resource['title'] === 'Y' && door.of('emil').length === 1 && (await door.sql('select 1 from parked_change')).length === 1);
    const before = await people();
    expect([before.size, before.get(cleo)?.presence, before.get(erna)?.presence]).toEqual([9, 'absent', 'erased']);

    await expect(restore()).rejects.toThrow('stop every instance');
    await door.stop();
    await putBack();
    expect((await people()).size).toBe(6);
    expect(await restore()).toMatchObject({ epoch: 1, learned: 9, worked: 1 });
    expect(await people()).toEqual(before);
    expect(await door.sql(`select 1 from users where user_name_key = 'erna' or external_id is not null or resource::text like '%erna%'`)).toEqual([]);
    expect(await restore()).toMatchObject({ epoch: 2, learned: 0, republished: 9 });

    const seen = highest();
    await door.serve();
    expect((await door.post({ userName: 'dora' })).status).toBe(409);
    expect([(await door.post({ userName: 'bert' })).status, (await door.call('GET', `/scim/v2/Users/${newBert}`)).body.userName]).toEqual([409, 'bert']);
    await door.send(patch('77', 4, 'C'), patch('88', 2, 'D'));
    await eventually(() => door.of('carl').at(-1)?.resource['title'] === 'waits for 4' && door.of('emil').at(-1)?.resource['title'] === 'D');
    await rename(dora, 'title', 'Late');
    await eventually(() => door.of('dora').at(-1)?.resource['title'] === 'Late');
    expect(door.of('dora').at(-1)?.generation).toBeGreaterThan(seen);
    expect((await people()).size).toBe(9);
    expect(door.of('nina').filter(({ resource }) => resource['title'] === 'X')).toHaveLength(1);
    expect(door.letters).toEqual([]);

    await door.stop();
    const last = await people();
    await putBack(); // the same backup once more: readers have seen the epoch 2 already
    expect(await restore()).toMatchObject({ epoch: 3 });
    expect(await people()).toEqual(last);
  }, 120_000);

  /** As after `kill -9`: of what was worked the group has committed no more than the first record of a partition. */
  async function groupHasCommittedOne(): Promise<void> {
    const topic = topicName('userChange', {}, door.prefix);
    let seen = 0;
    const handler = (): Promise<void> => (seen++ === 0 ? Promise.resolve() : Promise.reject(new Error('killed')));
    const offsets = { load: () => Promise.resolve([0, 1].map((partition) => ({ topic, partition, offset: 0 }))) };
    const consumer = await door.kafka.consume({ groupId: door.prefix + CONSUMER, topics: [topic], handler, offsets, maxBatchRecords: 1 });
    await eventually(() => seen > 1);
    await consumer.close();
    const admin = await door.kafka.admin();
    const committed = (await admin.lag(door.prefix + CONSUMER, [topic])).map(({ offset }) => offset);
    await admin.close();
    expect(Math.max(...committed)).toBe(1);
    expect(Math.min(...committed)).toBe(0);
  }

  test('what was worked finds its person again, however little of it the group has committed', async () => {
    const change = (recordId: string, sequence: number, more: Partial<UserChange>) => ({ ...door.change({ operation: 'patch', recordId, sequence, ...more }, { id: `e-${recordId}-${sequence}` }), key: 'one partition' });
    const create = (recordId: string, userName: string) => change(recordId, 1, { operation: 'create', user: { userName } });
    const retitle = (sequence: number, value: string) => change('2', sequence, { patch: [{ op: 'replace', path: 'title', value }] });
    const putBack = await backUp(database, door.schema);
    await door.send(create('1', 'anna'), create('2', 'bert'), retitle(2, 'A'));
    await eventually(() => door.of('bert').at(-1)?.resource['title'] === 'A');
    await door.stop();
    await groupHasCommittedOne();
    await putBack();
    expect(await restore()).toMatchObject({ learned: 2, worked: 0 });
    await door.serve();
    await door.send(retitle(3, 'B'));
    await eventually(() => door.letters.length > 0 || door.of('bert').at(-1)?.resource['title'] === 'B');
    expect(door.letters).toEqual([]);
    expect([...(await people()).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([{ name: 'anna', title: null }, { name: 'bert', title: 'B' }]);
  }, 60_000);

  test('a change that came last but was not worked is worked, also when an older one was repeated behind it', async () => {
    const change = (sequence: number, more: Partial<UserChange>) => door.change({ operation: 'patch', recordId: '1', sequence, ...more }, { id: `e-${sequence}` });
    const retitle = (sequence: number, value: string) => change(sequence, { patch: [{ op: 'replace', path: 'title', value }] });
    const putBack = await backUp(database, door.schema);
    await door.send(change(1, { operation: 'create', user: { userName: 'anna' } }), retitle(2, 'A'));
    await eventually(() => door.of('anna').at(-1)?.resource['title'] === 'A');
    await door.stop();
    await door.send(retitle(3, 'B'), retitle(2, 'A'));
    await putBack();
    expect(await restore()).toMatchObject({ learned: 1, worked: 1 });
    expect([...(await people()).values()]).toMatchObject([{ name: 'anna', title: 'B' }]);
  }, 60_000);

  test('what was accepted behind a transaction that a killed relay has left open is taken back too, without waiting for its end', async () => {
    const anna = (await door.post({ userName: 'anna' })).body.id;
    await eventually(() => door.of('anna').length === 1);
    const putBack = await backUp(database, door.schema);
    const repeated = door.records.map(({ topic, key, value, headers }) => ({ topic, key: key ?? '', value: value?.toString() ?? null, headers }));
    const open = await openTransaction(door.brokers, repeated);
    await rename(anna, 'title', 'Head');
    await eventually(async () => (await door.sql('select 1 from outbox')).length === 0);
    await door.stop();
    await putBack();
    expect(await restore()).toMatchObject({ learned: 1 });
    expect([...(await people()).values()]).toMatchObject([{ name: 'anna', title: 'Head' }]);
    await open.end();
  }, 60_000);
});
