import { connectDatabase } from '@rolebridge/persistence';
import type { Backbone } from './composition.ts';

/** A database of this name on the same server, empty. */
export async function emptyDatabase({ databaseUrl }: Pick<Backbone, 'databaseUrl'>, name: string): Promise<string> {
  const database = connectDatabase({ url: databaseUrl, schema: 'public', applicationName: 'empty-database' });
  await database.query(`drop database if exists ${name}`);
  await database.query(`create database ${name}`);
  await database.close();
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
