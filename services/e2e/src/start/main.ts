import { rm } from 'node:fs/promises';
import path from 'node:path';
import { landscapeTopics } from '@rolebridge/contracts';
import { connectKafka } from '@rolebridge/kafka';
import { type RunningStack, StackProblem, startStack } from '@rolebridge/local-stack';
import { allReady, compose, type Composition, migrateAll, ROOT, stopAll } from '../landscape/composition.ts';
import { type LocalLandscape, localLandscape } from '../landscape/local-landscape.ts';
import { nextSteps } from './next-steps.ts';
import { readOptions, type StartOptions } from './options.ts';
import { play } from './play.ts';
import { type Screen, screenOf } from './screen.ts';

const READY_WITHIN_MS = 60_000;

/** Starts everything, plays the story, stays up. Ctrl-C at any moment stops every program that was started. */
async function start(options: StartOptions, screen: Screen, signal: AbortSignal): Promise<number> {
  const since = Date.now();
  const data = path.join(ROOT, '.local-stack', 'data');
  await rm(data, { recursive: true, force: true }); // simulated targets forget everything, so the story begins with an empty landscape
  const landscape = await localLandscape({ folder: path.join(ROOT, '.local-stack', 'landscape'), rulesFolder: path.join(ROOT, 'deploy', 'rules') });
  const stack = await startStack({ dataDir: data, progress: (text) => screen.line(`  ${text}`), signal });
  let composition: Composition = new Map();
  try {
    composition = await launch(landscape, stack, { screen, signal });
    screen.line(`Everything is up after ${Math.round((Date.now() - since) / 1000)} s.\n`);
    const good = await play({ landscape, composition, screen, options, signal });
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

async function launch(landscape: LocalLandscape, stack: RunningStack, { screen, signal }: { readonly screen: Screen; readonly signal: AbortSignal }): Promise<Composition> {
  const options = {
    landscape,
    backbone: stack,
    onRestart: (name: string, how: string) => screen.line(`  ${name} ended (${how}); it is started again.`),
  };
  await Promise.all([migrateAll(options), createTopics(landscape, stack)]);
  const composition = compose(options);
  try {
    await allReady(landscape, { timeoutMs: READY_WITHIN_MS, signal });
  } catch (error) {
    await stopAll(composition);
    throw error;
  }
  return composition;
}

async function createTopics({ systems }: LocalLandscape, { brokers }: RunningStack): Promise<void> {
  const admin = await connectKafka({ brokers, clientId: 'npm-start' }).admin();
  await admin.createTopics(landscapeTopics(systems));
  await admin.close();
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
