#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);

if (Number(process.versions.node.split('.')[0]) < 22) {
  process.stderr.write(`rolebridge needs Node.js 24; this is ${process.versions.node}. Inside the repository use: npx rolebridge\n`);
  process.exitCode = 1;
} else if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write('rolebridge is not built yet; run: npm run build\n');
  process.exitCode = 1;
}
