import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FILE_NAME = /^(\d{4}-[a-z0-9-]+)\.sql$/;

/** The plain SQL files of a folder by name without ending, in order. Anything else in the folder is an error: a misspelt file must not be passed over. */
export async function readSqlFiles(directory: string | URL): Promise<Readonly<Record<string, string>>> {
  const folder = directory instanceof URL ? fileURLToPath(directory) : directory;
  const names = (await readdir(folder)).toSorted();
  const texts = await Promise.all(names.map(async (name) => [migrationName(name, folder), await readFile(join(folder, name), 'utf8')] as const));
  refuseTwins(texts.map(([name]) => name), folder);
  return Object.fromEntries(texts);
}

function migrationName(file: string, folder: string): string {
  const name = FILE_NAME.exec(file)?.[1];
  if (name === undefined) throw new Error(`Migration ${join(folder, file)}: name it like 0001-name.sql, with lower case letters, digits and dashes.`);
  return name;
}

/** Two files with one number: which is first would depend on their names, and differ after a merge from what was applied. */
function refuseTwins(names: readonly string[], folder: string): void {
  const twin = names.find((name, index) => names[index - 1]?.slice(0, 4) === name.slice(0, 4));
  if (twin !== undefined) throw new Error(`Migration ${join(folder, twin)}.sql: another file has the same number.`);
}
