import { createHash } from 'node:crypto';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Client } from 'pg';
import { checkedSchema, clientConfig } from '../connection/connection-settings.ts';
import { withoutValues } from '../connection/sql-error.ts';
import { OWN_MIGRATIONS } from './own-migrations.ts';
import { OneSchemaDialect } from './one-schema.ts';
import { readSqlFiles } from './sql-files.ts';

export interface MigrateOptions {
  readonly url: string;
  readonly schema: string;
  /** Folder with the service's plain SQL files `0001-name.sql`; without it only the tables of this library are made. */
  readonly directory?: string | URL;
}

type Migrations = Readonly<Record<string, string>>;

/** Two lists with their own records, so that a later table of the library does not have to sort before a service's older files. */
interface Series {
  readonly recordTable: string;
  readonly migrations: Migrations;
}

/**
 * Brings a schema up to date: creates it, makes this library's tables, then applies the service's files in order, each once and
 * all new ones in one transaction. Safe when several run at once: the later ones find nothing to do. An applied file that was changed
 * or removed since is an error, because an upgraded database would no longer equal a fresh one.
 */
export async function migrate(options: MigrateOptions): Promise<{ readonly applied: readonly string[] }> {
  const series: readonly Series[] = [
    { recordTable: 'library_migration', migrations: OWN_MIGRATIONS },
    { recordTable: 'migration', migrations: options.directory === undefined ? {} : await readSqlFiles(options.directory) },
  ];
  const client = new Client(clientConfig({ ...options, applicationName: `${options.schema}-migrate` }));
  client.on('error', () => undefined); // the statement that was running rejects with it
  try {
    await client.connect();
    return { applied: await applyAll(client, options.schema, series) };
  } catch (error) {
    throw withoutValues(error);
  } finally {
    await client.end();
  }
}

async function applyAll(client: Client, schema: string, series: readonly Series[]): Promise<readonly string[]> {
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [`rolebridge.migrate.${schema}`]);
  await client.query(`create schema if not exists ${checkedSchema(schema)}`);
  await client.query('create table if not exists migration_content (record_table text, name text, sha256 text not null, primary key (record_table, name))');
  const applied: string[] = [];
  for (const one of series) {
    await refuseChanged(client, one);
    applied.push(...(await apply(client, schema, one)));
  }
  return applied;
}

async function apply(client: Client, schema: string, { recordTable, migrations }: Series): Promise<readonly string[]> {
  const database = new Kysely<object>({ dialect: new OneSchemaDialect({ pool: poolOf(client) }, schema) });
  const provider = {
    getMigrations: async () =>
      Object.fromEntries(
        Object.entries(migrations).map(([name, text]) => [
          name,
          {
            up: async (db: Kysely<unknown>) => {
              await sql.raw(text).execute(db);
              await sql`insert into migration_content (record_table, name, sha256) values (${recordTable}, ${name}, ${sha256(text)})`.execute(db);
            },
          },
        ]),
      ),
  };
  const migrator = new Migrator({ db: database, provider, migrationTableName: recordTable, migrationLockTableName: `${recordTable}_lock`, migrationTableSchema: schema });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
    throw failed === undefined ? error : new Error(`Migration ${failed} failed in schema ${schema}: ${textOf(error)}`, { cause: withoutValues(error) });
  }
  return (results ?? []).map(({ migrationName }) => migrationName);
}

/** One session for everything, so that the lock is held by whoever works. */
function poolOf(client: Client) {
  return { connect: async () => Object.assign(client, { release: () => undefined }), end: async () => undefined, options: {} };
}

async function refuseChanged(client: Client, { recordTable, migrations }: Series): Promise<void> {
  const { rows } = await client.query<{ name: string; sha256: string }>('select name, sha256 from migration_content where record_table = $1 order by name', [recordTable]);
  for (const { name, sha256: known } of rows) {
    const text = migrations[name];
    if (text === undefined) throw new Error(`Migration ${name} was applied earlier and is not among the files: this version is older than the database.`);
    if (sha256(text) !== known) throw new Error(`Migration ${name} was changed after it had been applied. Undo the change and add a further file instead.`);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/** Migrations are our own files without personal data: here the server's own words help most. */
function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
