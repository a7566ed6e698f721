import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { testStack, uniqueSchema } from '@rolebridge/local-stack';
import { connectDatabase } from '../database.ts';
import type { Database } from '../port.ts';
import { migrate } from './migrate.ts';
import { OWN_MIGRATIONS } from './own-migrations.ts';

const FIRST = { '0001-person.sql': 'create table person (id integer primary key);' };
const SECOND = { '0002-name.sql': `alter table person add name text not null default '';\nselect queue_table('person');` };
const own = Object.keys(OWN_MIGRATIONS);

const cleaning: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleaning.map((clean) => clean())));

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-migrations-'));
  cleaning.push(() => rm(folder, { recursive: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

async function target(): Promise<{ readonly url: string; readonly schema: string; readonly database: Database }> {
  const { databaseUrl: url } = await testStack();
  const schema = uniqueSchema();
  const database = connectDatabase({ url, schema, applicationName: schema });
  cleaning.push(() => database.close());
  return { url, schema, database };
}

/** Columns, defaults, constraints, indexes and storage parameters of a schema, independent of its name. */
async function shapeOf({ database }: { readonly database: Database }): Promise<readonly unknown[]> {
  return Promise.all(
    [
      `select table_name, column_name, ordinal_position, data_type, is_nullable, column_default from information_schema.columns where table_schema = $1 order by 1, 3`,
      `select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = to_regnamespace($1) order by 1, 2`,
      `select tablename, indexname, replace(indexdef, $1, '') from pg_indexes where schemaname = $1 order by 1, 2`,
      `select relname, reloptions from pg_class where relnamespace = to_regnamespace($1) order by 1`,
      `select proname, prosrc from pg_proc where pronamespace = to_regnamespace($1) order by 1`,
    ].map((text) => database.query(text, [database.schema])),
  );
}

describe('bringing a schema up to date', () => {
  test('a new schema gets the tables of the library and those of the service, once', async () => {
    const { database, ...where } = await target();
    const directory = await folderOf({ ...FIRST, ...SECOND });
    expect(await migrate({ ...where, directory })).toEqual({ applied: [...own, '0001-person', '0002-name'] });
    expect(await migrate({ ...where, directory: pathToFileURL(directory) })).toEqual({ applied: [] });
    await database.query(`insert into person (id) values (1)`);
    expect(await database.query('select * from outbox')).toEqual([]);
  });

  test('several at once apply everything exactly once', async () => {
    const { database, ...where } = await target();
    const directory = await folderOf({ ...FIRST, ...SECOND });
    const results = await Promise.all(Array.from({ length: 4 }, () => migrate({ ...where, directory })));
    expect(results.flatMap(({ applied }) => applied)).toEqual([...own, '0001-person', '0002-name']);
    expect(await database.query('select epoch from generation_epoch')).toEqual([{ epoch: 0 }]);
  });

  test('an upgraded schema equals a fresh one', async () => {
    const [old, fresh] = [await target(), await target()];
    await migrate({ ...old, directory: await folderOf(FIRST) });
    expect(await migrate({ ...old, directory: await folderOf({ ...FIRST, ...SECOND }) })).toEqual({ applied: ['0002-name'] });
    await migrate({ ...fresh, directory: await folderOf({ ...FIRST, ...SECOND }) });
    expect(await shapeOf(old)).toEqual(await shapeOf(fresh));
  });

  test('a file that fails leaves the schema as it was, and is named', async () => {
    const { database, ...where } = await target();
    await migrate({ ...where, directory: await folderOf(FIRST) });
    const directory = await folderOf({ ...FIRST, ...SECOND, '0003-broken.sql': 'create table pet (id integer); create table pet (id integer);' });
    await expect(migrate({ ...where, directory })).rejects.toThrow(/0003-broken .*relation "pet" already exists/);
    expect(await database.query(`select table_name from information_schema.tables where table_schema = $1 and table_name = 'pet'`, [where.schema])).toEqual([]);
    expect(await migrate({ ...where, directory: await folderOf({ ...FIRST, ...SECOND }) })).toEqual({ applied: ['0002-name'] });
  });

  test('an applied file that was changed is refused; other line ends are no change', async () => {
    const { database: _, ...where } = await target();
    await migrate({ ...where, directory: await folderOf({ '0001-a.sql': 'create table a ();\n' }) });
    await expect(migrate({ ...where, directory: await folderOf({ '0001-a.sql': 'create table a ();\r\n' }) })).resolves.toEqual({ applied: [] });
    await expect(migrate({ ...where, directory: await folderOf({ '0001-a.sql': 'create table a (x text);\n' }) })).rejects.toThrow('0001-a was changed');
  });

  test('a version that is older than the database says so', async () => {
    const { database: _, ...where } = await target();
    await migrate({ ...where, directory: await folderOf({ ...FIRST, ...SECOND }) });
    await expect(migrate({ ...where, directory: await folderOf(FIRST) })).rejects.toThrow('older than the database');
  });

  test.each([
    ['a misspelt name', { '1-person.sql': '' }, 'name it like 0001-name.sql'],
    ['two files with one number', { '0001-a.sql': '', '0001-b.sql': '' }, 'same number'],
  ])('%s is refused before anything is applied', async (_, files, message) => {
    const { url } = await testStack().then(({ databaseUrl }) => ({ url: databaseUrl }));
    await expect(migrate({ url, schema: uniqueSchema(), directory: await folderOf(files) })).rejects.toThrow(message);
  });
});
