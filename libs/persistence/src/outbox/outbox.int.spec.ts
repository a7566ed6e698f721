import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from '../database.ts';
import { raiseEpoch, readEpoch } from '../epoch.ts';
import { migrate } from '../migration/migrate.ts';
import { offsetStore, saveOffsets } from '../offsets.ts';
import type { Database } from '../port.ts';
import { appendOutbox } from './outbox.ts';

let database: Database;

beforeAll(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema });
  database = connectDatabase({ url, schema, applicationName: schema, queue: true });
});
afterAll(() => database.close());
beforeEach(() => database.query('truncate outbox, consumer_offset'));

const record = (value: string | null, key = 'k') => ({ topic: 't', key, value, headers: { ce_id: '1' } });
const values = async () => (await database.query<{ value: string }>('select value from outbox order by sequence')).map(({ value }) => value);

describe('records in the outbox', () => {
  test('keep their order, byte for byte, tombstones included', async () => {
    const written = [...Array.from({ length: 300 }, (_, index) => `{"n": ${index}, "name":"Zoë \\\\u0000 \\"quoted\\" {a,b} NULL 🎉"}`), null, 'null', ''];
    await database.transaction((sql) => appendOutbox(sql, written.map((value) => record(value))));
    expect(await values()).toEqual(written);
  });

  test('are gone with the transaction that wrote them, together with its offsets', async () => {
    const failing = database.transaction(async (sql) => {
      await appendOutbox(sql, [record('{}')]);
      await saveOffsets(sql, 'role-mapping', [{ topic: 't', partition: 0, offset: 7 }]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await values()).toEqual([]);
    expect(await offsetStore(database).load('role-mapping', ['t'])).toEqual([]);
  });

  test('may be written without a transaction of their own', async () => {
    await appendOutbox(database, [record('{}')]);
    await appendOutbox(database, []);
    expect(await values()).toEqual(['{}']);
  });

  test.each([
    ['too large a value', record('ä'.repeat(600_000)), { code: 'record-too-large' }],
    ['too large headers', { ...record('{}'), headers: { plan: 'x'.repeat(1_100_000) } }, { code: 'record-too-large' }],
    ['an escaped U+0000', record(JSON.stringify({ name: { familyName: 'a\0' } })), { code: 'unstorable-text', field: 'value.name.familyName' }],
    ['an escaped lone surrogate', record('{"a":["\\uD83C"]}'), { code: 'unstorable-text', field: 'value.a[0]' }],
    ['a lone surrogate in the key', record('{}', '\ud83c'), { code: 'unstorable-text', field: 'key' }],
    ['U+0000 in a header', { ...record('{}'), headers: { reason: '\0' } }, { code: 'unstorable-text', field: 'headers.reason' }],
  ])('with %s are refused for good, before anything is written', async (_, bad, failure) => {
    await expect(appendOutbox(database, [record('{}'), bad])).rejects.toMatchObject({ failure: { kind: 'rejected', ...failure } });
    expect(await values()).toEqual([]);
  });

  test('may be larger where the topic allows it', async () => {
    await appendOutbox(database, [record('x'.repeat(1_500_000))], { maxBytes: 2_000_000 });
    expect((await values())[0]).toHaveLength(1_500_000);
  });
});

describe('offsets', () => {
  test('are stored with the effect and read back for the topics asked for', async () => {
    await database.transaction((sql) => saveOffsets(sql, 'c', [{ topic: 'b', partition: 1, offset: 2 ** 40 }, { topic: 'a', partition: 0, offset: 1 }]));
    await database.transaction((sql) => saveOffsets(sql, 'c', [{ topic: 'a', partition: 0, offset: 5 }]));
    expect(await offsetStore(database).load('c', ['a', 'b', 'unknown'])).toEqual([{ topic: 'a', partition: 0, offset: 5 }, { topic: 'b', partition: 1, offset: 2 ** 40 }]);
    expect(await offsetStore(database).load('c', ['b'])).toHaveLength(1);
    expect(await offsetStore(database).load('other', ['a'])).toEqual([]);
  });

  test('two transactions that store the same offsets in another order do not deadlock', async () => {
    const all = Array.from({ length: 48 }, (_, partition) => ({ topic: `t${partition % 4}`, partition, offset: 1 }));
    await Promise.all(Array.from({ length: 20 }, (_, turn) => database.transaction((sql) => saveOffsets(sql, 'c', turn % 2 ? all : all.toReversed()))));
  });
});

describe('the epoch', () => {
  test('starts at 0 and is raised by command, above what readers have seen', async () => {
    expect(await readEpoch(database)).toBe(0);
    expect(await raiseEpoch(database)).toBe(1);
    expect(await raiseEpoch(database, 7)).toBe(8);
    expect(await database.transaction(readEpoch)).toBe(8);
  });
});
