import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from '../database.ts';
import { migrate } from '../migration/migrate.ts';
import type { Database } from '../port.ts';
import { listOrders, recordOrder } from './operator-audit.ts';

let database: Database;

beforeAll(async () => {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema });
  database = connectDatabase({ url, schema, applicationName: schema });
});
afterAll(() => database.close());

const ORDER = { order: 'redrive', operator: 'olga', reason: 'Role made, asked by li.ng@example.org.', affected: 2, subjects: ['a', 'b'], skipped: { superseded: 3 }, filter: { code: 'http-400' } };

describe('the record of orders', () => {
  test('tells who, when, what, why, how many and which, newest first, without e-mail addresses', async () => {
    await recordOrder(database, ORDER);
    await recordOrder(database, { order: 'release', operator: 'anna', reason: 'Left.', system: 'fieldglass', affected: 1, subjects: ['c'] });
    const { orders, total } = await listOrders(database, { limit: 10 });
    expect(total).toBe(2);
    expect(orders).toEqual([
      { at: expect.stringMatching(/^\d{4}-.*Z$/), order: 'release', operator: 'anna', reason: 'Left.', system: 'fieldglass', affected: 1, skipped: {}, subjects: ['c'] },
      { ...ORDER, at: expect.any(String), reason: 'Role made, asked by [e-mail]' },
    ]);
    expect(await listOrders(database, { limit: 1 })).toMatchObject({ total: 2, orders: [{ operator: 'anna' }] });
    expect(await listOrders(database, { limit: 10, since: new Date(Date.now() + 60_000).toISOString() })).toEqual({ orders: [], total: 0 });
  });

  test('is gone with a transaction that fails', async () => {
    const failing = database.transaction(async (sql) => {
      await recordOrder(sql, { ...ORDER, operator: 'nobody' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await listOrders(database, { limit: 10 })).orders.map(({ operator }) => operator)).not.toContain('nobody');
  });

  test.each(['update operator_audit set operator = $1', 'delete from operator_audit where operator <> $1', 'truncate operator_audit'])('cannot be changed: %s', async (statement) => {
    await recordOrder(database, ORDER);
    const before = await listOrders(database, { limit: 100 });
    await expect(database.query(statement, statement.includes('$1') ? ['x'] : [])).rejects.toThrow();
    expect(await listOrders(database, { limit: 100 })).toEqual(before);
  });
});
