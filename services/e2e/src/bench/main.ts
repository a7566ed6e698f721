import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startStack } from '@rolebridge/local-stack';
import { loadAverage, machine } from './machine.ts';
import { readCommand } from './options.ts';
import type { Run } from './scenario.ts';
import { FOLDER, say } from './session.ts';

async function bench(run: Run, signal: AbortSignal): Promise<void> {
  const { cores, processor, memoryGb, node } = machine();
  say(`${cores} cores (${processor}), ${memoryGb} GB, node ${node}, load average ${loadAverage().toFixed(1)} before we begin.`);
  await rm(FOLDER, { recursive: true, force: true });
  const stack = await startStack({ dataDir: path.join(FOLDER, 'data'), progress: (text) => say(`  ${text}`), signal });
  try {
    await run({ stack, signal });
  } finally {
    await stack.stop();
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
