import path from 'node:path';
import type { RunningStack } from '@rolebridge/local-stack';
import { ROOT } from '../landscape/composition.ts';
import { emptyDatabase, type Ground } from './ground.ts';
import type { Subject } from './measure.ts';

/** One run of the command: the broker and the server that all measurements share. */
export interface Session {
  readonly stack: RunningStack;
  readonly signal: AbortSignal;
  /** Folder for CPU profiles. */
  readonly profile?: string;
}

/** Data, logs and rules of benchmarks; ignored by git. */
export const FOLDER = path.join(ROOT, '.local-stack', 'bench');

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A database and topics of its own for one subject. @param kind lower case letters and underscores */
export async function groundFor(kind: string, targets: number, { stack, profile }: Session): Promise<Ground> {
  const name = `bench_${kind}_${targets}`;
  return {
    name,
    brokers: stack.brokers,
    databaseUrl: await emptyDatabase(stack, name),
    topicPrefix: `${name}.`,
    targets,
    folder: path.join(FOLDER, name),
    nodeOptions: profile ? ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profile, name)}`] : [],
  };
}

/** Builds a subject, works with it and stops it, whatever happens. */
export async function withSubject<S extends Subject, T>(make: (ground: Ground) => Promise<S>, ground: Ground, work: (subject: S) => Promise<T>): Promise<T> {
  const subject = await make(ground);
  try {
    return await work(subject);
  } finally {
    await subject.stop();
  }
}
