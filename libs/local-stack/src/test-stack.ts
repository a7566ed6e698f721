import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { STACK_FOLDER } from './folders.ts';
import { markOf } from './process-table.ts';
import { startStack } from './stack.ts';

/** Where a test finds its broker and its database. */
export interface TestStack {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

let starting: Promise<TestStack> | undefined;

/**
 * For `*.int.spec.ts`: what `KAFKA_BROKERS` and `DATABASE_URL` name (`npm test` starts one stack and sets them), else a stack
 * of this test process, which ends with it. Test files of one process share it.
 */
export function testStack(): Promise<TestStack> {
  starting ??= findOrStart();
  return starting;
}

interface Note extends TestStack {
  /** Start time of the process that wrote it, since its number may come again. */
  readonly started: string;
}

/**
 * Jest gives each test file modules of its own but runs many files in one process: the note lets the second file find what
 * the first one started.
 */
async function findOrStart(): Promise<TestStack> {
  if (process.env['KAFKA_BROKERS'] && process.env['DATABASE_URL']) return startStack();
  const started = (await markOf(process.pid))?.started ?? '';
  const file = path.join(STACK_FOLDER, 'run', `${process.pid}-test-stack`, 'stack.json');
  const noted = await readNote(file);
  if (noted?.started === started) return noted;
  const { brokers, databaseUrl } = await startStack();
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ brokers, databaseUrl, started } satisfies Note));
  return { brokers, databaseUrl };
}

async function readNote(file: string): Promise<Note | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Note); // written by this same process, above
}
