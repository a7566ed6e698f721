import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { EXIT } from './failure.ts';
import { run } from './program.ts';

const interrupted = new AbortController();
let endsByItself = false;

process.on('SIGINT', () => {
  if (endsByItself && !interrupted.signal.aborted) {
    process.stderr.write('\nInterrupted: nothing more is ordered.\n');
    return interrupted.abort();
  }
  process.stderr.write('\nInterrupted. What was ordered until now stands and goes on in the services: rolebridge audit and rolebridge status tell.\n');
  process.exit(EXIT.interrupted);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (output) => void process.stdout.write(output),
  err: (output) => void process.stderr.write(output),
  stdin: () => text(process.stdin),
  nowMs: () => Date.now(),
  untilInterrupted: () => {
    endsByItself = true;
    return interrupted.signal;
  },
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
});
