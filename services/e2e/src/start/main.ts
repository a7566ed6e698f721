import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type RunningStack, StackProblem, startStack } from '@rolebridge/local-stack';
import { type Backbone, type Composition, ROOT, stopAll } from '../landscape/composition.ts';
import { emptyDatabase } from '../landscape/empty-database.ts';
import { launch } from '../landscape/launch.ts';
import { takenPorts } from '../landscape/taken-ports.ts';
import { localLandscape } from '../landscape/local-landscape.ts';
import { nextSteps } from './next-steps.ts';
import { readOptions, type StartOptions } from './options.ts';
import { play } from './play.ts';
import { type Screen, screenOf } from './screen.ts';

/** Starts everything, plays the story, stays up. Ctrl-C at any moment stops every program that was started. */
async function start(options: StartOptions, screen: Screen, signal: AbortSignal): Promise<number> {
  const since = Date.now();
  const taken = await takenPorts();
  if (taken) throw new StackProblem(taken);
  const data = path.join(ROOT, '.local-stack', 'data');
  await rm(data, { recursive: true, force: true }); // simulated targets forget everything, so the story begins with an empty landscape
  const landscape = await localLandscape({ folder: path.join(ROOT, '.local-stack', 'landscape'), rulesFolder: path.join(ROOT, 'deploy', 'rules') });
  const stack = await startStack({ dataDir: data, progress: (text) => screen.line(`  ${text}`), signal });
  let composition: Composition = new Map();
  try {
    const ground = await groundOf(stack);
    const onRestart = (name: string, how: string): void => screen.line(`  ${name} ended (${how}); it is started again.`);
    screen.line('  Services: migrating, creating topics, starting');
    composition = await launch({ landscape, ...ground, onRestart }, signal);
    screen.line(`Everything is up after ${Math.round((Date.now() - since) / 1000)} s.\n`);
    const good = await play({ landscape, composition, ...ground, screen, options, signal });
    if (options.once) return good ? 0 : 1;
    screen.line(nextSteps(landscape, stack.brokers));
    await untilEnd(stack, signal);
    return 0;
  } finally {
    screen.line('Stopping.');
    await stopAll(composition);
    await stack.stop();
  }
}

/** A broker and a database that somebody else runs may hold an earlier story: this one gets topics and a database of its own. */
async function groundOf({ brokers, databaseUrl }: RunningStack): Promise<{ readonly backbone: Backbone; readonly topicPrefix: string }> {
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  const story = `story_${Date.now().toString(36)}`;
  return {
    backbone: { brokers, databaseUrl: DATABASE_URL ? await emptyDatabase({ databaseUrl }, story) : databaseUrl },
    topicPrefix: KAFKA_BROKERS ? `${story}.` : '',
  };
}

async function untilEnd(stack: RunningStack, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  const died = stack.exited.then((how) => {
    throw new StackProblem(how);
  });
  await Promise.race([stopped, died]);
}

const abort = new AbortController();
const screen = screenOf(process.stdout);
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort(new Error('Stopped.'));
  });
}
try {
  process.exitCode = await start(readOptions(process.argv.slice(2)), screen, abort.signal);
} catch (error) {
  if (!abort.signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
process.exit();
