import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The command as it is installed: the build stands before the tests. */
const COMMAND = fileURLToPath(new URL('../bin/rolebridge.js', import.meta.url));
const ID = '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01';

test('Ctrl-C in the middle of an order tells that what was ordered stands, with an exit code of its own', async () => {
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const child = spawn(process.execPath, [COMMAND, 'lock', ID, '--ingest', url, '--reason', 'A drill.', '--timeout', '60000'], { env: { ...process.env, ROLEBRIDGE_TOKEN: 'good' } });
  const told = text(child.stderr);
  await once(silent, 'request');
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(130);
  expect(await told).toContain('What was ordered until now stands');
  silent.closeAllConnections();
  silent.close();
});
