import { text } from 'node:stream/consumers';
import { run } from './program.ts';

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (output) => void process.stdout.write(output),
  err: (output) => void process.stderr.write(output),
  stdin: () => text(process.stdin),
  nowMs: () => Date.now(),
});
