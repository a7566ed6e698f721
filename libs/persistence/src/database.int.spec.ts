import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from './database.ts';
import { isConnectionError, isUniqueViolation } from './connection/sql-error.ts';
import { migrate } from './migration/migrate.ts';
import type { Database } from './port.ts';

const opened: Database[] = [];

async function open(options: { readonly queue?: boolean; readonly maxConnections?: number } = {}): Promise<Database> {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  await migrate({ url, schema });
  const database = connectDatabase({ url, schema, applicationName: schema, ...options });
  opened.push(database);
  await database.query('create table person (id integer primary key, name text unique)');
  return database;
}

afterAll(() => Promise.all(opened.map((database) => database.close())));

/** Ends the sessions of this database's pool from outside, as an administrator or a restart would. */
async function endSessions(database: Database): Promise<void> {
  const other = await open();
  await other.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [database.schema]);
  await new Promise((resolve) => setTimeout(resolve, 100)); // until the word has reached us
}

describe('statements', () => {
  test('bigint arrives as number, json parsed, an instant as Date, a date as its text', async () => {
    const database = await open();
    const [row] = await database.query(`select 2::bigint ^ 0 as f, ${2 ** 52}::bigint as n, '{"a":[1]}'::jsonb as j, timestamptz '2026-11-22T01:02:03Z' as t, date '2026-11-22' as d`);
    expect(row).toEqual({ f: 1, n: 2 ** 52, j: { a: [1] }, t: new Date('2026-11-22T01:02:03Z'), d: '2026-11-22' });
  });

  test('a bigint that a number cannot hold is an error, not a wrong number', async () => {
    const database = await open();
    await expect(database.query('select 9007199254740993::bigint as n')).rejects.toThrow('beyond 2^53');
    await expect(database.query('select 1 as n')).resolves.toEqual([{ n: 1 }]);
  });

  test('connections for queue tables have the settings of the design, others do not', async () => {
    const settings = 'plan_cache_mode enable_seqscan enable_bitmapscan jit'.split(' ');
    const read = async (database: Database) => Promise.all(settings.map(async (name) => (await database.query<{ value: string }>('select current_setting($1) as value', [name]))[0]?.value));
    expect(await read(await open({ queue: true }))).toEqual(['force_custom_plan', 'off', 'off', 'off']);
    expect((await read(await open()))[1]).toBe('on');
  });

  test('a refused statement tells the constraint and no value, and does not cost the connection', async () => {
    const database = await open({ maxConnections: 1 });
    const session = () => database.query<{ pid: number }>('select pg_backend_pid() as pid');
    const before = await session();
    await database.query('insert into person values (1, $1)', ['secret-name']);
    const error = await database.query('insert into person values (2, $1)', ['secret-name']).catch((thrown: unknown) => thrown);
    expect(isUniqueViolation(error, 'person_name_key')).toBe(true);
    expect(String(error)).not.toContain('secret-name');
    expect(await session()).toEqual(before);
  });
});

describe('transactions', () => {
  test('what throws leaves nothing behind', async () => {
    const database = await open();
    await expect(
      database.transaction(async (sql) => {
        await sql.query(`insert into person values (1, 'a')`);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await database.query('select * from person')).toEqual([]);
  });

  test('a failure that the work swallows does not pass for a commit', async () => {
    const database = await open();
    const swallowing = database.transaction(async (sql) => {
      await sql.query(`insert into person values (1, 'a')`);
      await sql.query(`insert into person values (1, 'b')`).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: '25P02' });
    expect(await database.query('select * from person')).toEqual([]);
  });

  test('of two that deadlock both succeed in the end', async () => {
    const database = await open();
    await database.query(`insert into person values (1, ''), (2, 'x')`);
    let attempts = 0;
    const both = Promise.withResolvers<void>();
    const lock = (first: number, second: number) =>
      database.transaction(async (sql) => {
        attempts += 1;
        await sql.query('update person set name = name where id = $1', [first]);
        if (attempts === 2) both.resolve();
        await both.promise;
        await sql.query('update person set name = name where id = $1', [second]);
      });
    await Promise.all([lock(1, 2), lock(2, 1)]);
    expect(attempts).toBe(3);
  });

  test('a conflict of serialisable transactions is tried again', async () => {
    const database = await open();
    await database.query(`insert into person values (1, '0')`);
    const addOne = () =>
      database.transaction(async (sql) => {
        await sql.query('set transaction isolation level serializable');
        const [row] = await sql.query<{ name: string }>('select name from person where id = 1');
        await sql.query('update person set name = $1 where id = 1', [String(Number(row?.name) + 1)]);
      });
    await Promise.all([addOne(), addOne(), addOne()]);
    expect(await database.query('select name from person')).toEqual([{ name: '3' }]);
  });
});

describe('a lost connection', () => {
  test('of an idle session is replaced unnoticed', async () => {
    const database = await open();
    await database.query('select 1');
    await endSessions(database);
    await expect(database.query('select 1 as n')).resolves.toEqual([{ n: 1 }]);
  });

  test('in the middle of a statement rejects as a matter of the connection, and the next one works', async () => {
    const database = await open({ maxConnections: 1 });
    const broken = database.transaction(async (sql) => {
      await sql.query(`insert into person values (1, 'a')`);
      await Promise.all([endSessions(database), sql.query('select pg_sleep(10)')]);
    });
    expect(isConnectionError(await broken.catch((error: unknown) => error))).toBe(true);
    expect(await database.query('select * from person')).toEqual([]);
  });

  test('between two statements of a transaction does not end the process', async () => {
    const database = await open({ maxConnections: 1 });
    const broken = database.transaction(() => endSessions(database));
    expect(isConnectionError(await broken.catch((error: unknown) => error))).toBe(true);
    await expect(database.query('select 1 as n')).resolves.toEqual([{ n: 1 }]);
  });

  test('nobody listens at the address: said so, without the password', async () => {
    const database = connectDatabase({ url: 'postgres://someone:hunter2@127.0.0.1:1/nowhere', schema: 'x', applicationName: 'x' });
    const error = await database.transaction(async (sql) => sql.query('select 1')).catch((thrown: unknown) => thrown);
    expect(isConnectionError(error)).toBe(true);
    expect(String(error)).toContain('ECONNREFUSED');
    expect(String(error)).not.toContain('hunter2');
    await database.close();
  });
});
