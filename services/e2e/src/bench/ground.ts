import { fileURLToPath } from 'node:url';
import type { Database } from '@rolebridge/persistence';
import { type Program, supervise, type Supervised } from '../landscape/children.ts';
import type { Effect, Subject } from './measure.ts';
import { stubTarget } from './steps/stub.ts';

export { emptyDatabase } from '../landscape/empty-database.ts';
export { freePorts } from '../landscape/free-ports.ts';

/** Calls in flight per target, for both that are compared. */
export const CONCURRENCY = 32;

/** What a subject is built on: a database and topics of its own, on the one broker and the one server. */
export interface Ground {
  /** Lower case letters and underscores. */
  readonly name: string;
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  readonly topicPrefix: string;
  readonly targets: number;
  /** For files and logs. */
  readonly folder: string;
  /** Options of Node for every program that is measured. */
  readonly nodeOptions: readonly string[];
}

const module = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Programs that run until they are stopped; the first that ends by itself spoils the measurement. */
export interface Crew {
  readonly broken: AbortSignal;
  readonly onRestart: (name: string, how: string) => void;
  start(program: Omit<Program, 'module'> & { readonly module: string }): Supervised;
}

export function crewOf({ folder }: Pick<Ground, 'folder'>): Crew {
  const abort = new AbortController();
  const onRestart = (name: string, how: string): void => abort.abort(new Error(`${name} ended by itself (${how}), so there is no result. Its log is in ${folder}/logs.`));
  return { broken: abort.signal, onRestart, start: (program) => supervise({ ...program, module: module(program.module) }, { logFolder: `${folder}/logs`, onRestart }) };
}

/** Process ids of programs and of the database's connections, with names for people. */
export async function namesOf(programs: Iterable<Supervised>, database: Database): Promise<ReadonlyMap<number, string>> {
  const rows = await database.query<{ pid: number; name: string }>(`select pid, application_name as name from pg_stat_activity where application_name <> ''`);
  const own = [...programs].flatMap((program): [number, string][] => {
    const pid = program.pid();
    return pid === undefined ? [] : [[pid, program.name]];
  });
  return new Map([...rows.map(({ pid, name }): [number, string] => [pid, `PostgreSQL for ${name}`]), ...own]);
}

/** Reads the notes of the stub target. */
export function stubEffects(url: string): Pick<Subject, 'effects' | 'effectCount'> {
  return {
    effects: async (index) => (await (await fetch(`${url}/times?since=${index}`)).json()) as readonly Effect[], // written by stub-target.ts
    effectCount: async () => (await stubTarget(url).calls()).served,
  };
}

/** Waits until something answers there. */
export async function answers(url: string, timeoutMs: number): Promise<void> {
  for (const end = Date.now() + timeoutMs; ; ) {
    const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok, () => false);
    if (ok) return;
    if (Date.now() > end) throw new Error(`${url} does not answer after ${timeoutMs / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
