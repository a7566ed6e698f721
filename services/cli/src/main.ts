import { text } from 'node:stream/consumers';
import { EXIT } from './failure.ts';
import { run } from './program.ts';

process.once('SIGINT', () => {
  process.stderr.write('\nInterrupted. What was ordered until now stands and goes on in the services: rolebridge audit and rolebridge status tell.\n');
  process.exit(EXIT.interrupted);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (output) => void process.stdout.write(output),
  err: (output) => void process.stderr.write(output),
  stdin: () => text(process.stdin),
  nowMs: () => Date.now(),
});
