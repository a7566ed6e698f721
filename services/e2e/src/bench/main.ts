import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startStack } from '@rolebridge/local-stack';
import { loadAverage, machine } from './machine.ts';
import { type BenchCommand, readCommand } from './options.ts';
import { frontDoor } from './scenarios/front-door.ts';
import { initialLoad } from './scenarios/initial-load.ts';
import { recovery } from './scenarios/recovery.ts';
import { workers } from './scenarios/workers.ts';
import { FOLDER, say, type Session } from './session.ts';
import { speed } from './speed.ts';

async function bench(command: BenchCommand, signal: AbortSignal): Promise<void> {
  const { cores, processor, memoryGb, node } = machine();
  say(`${cores} cores (${processor}), ${memoryGb} GB, node ${node}, load average ${loadAverage().toFixed(1)} before we begin.`);
  await rm(FOLDER, { recursive: true, force: true });
  const stack = await startStack({ dataDir: path.join(FOLDER, 'data'), progress: (text) => say(`  ${text}`), signal });
  try {
    await measureWith(command, { stack, signal });
  } finally {
    await stack.stop();
  }
}

function measureWith(command: BenchCommand, session: Session): Promise<void> {
  switch (command.scenario) {
    case 'speed':
      return speed(command.options, { ...session, ...(command.options.profile === undefined ? {} : { profile: command.options.profile }) });
    case 'recovery':
      return recovery(command.options, session);
    case 'initial-load':
      return initialLoad(command.options, session);
    case 'workers':
      return workers(command.options, session);
    case 'front-door':
      return frontDoor(command.options, session);
  }
}

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort(new Error('Stopped.'));
  });
}
try {
  await bench(readCommand(process.argv.slice(2)), abort.signal);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();
