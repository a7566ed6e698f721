import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { createLogger } from './logger.ts';
import { waitForPeers } from './wait-for-peers.ts';

const servers: Server[] = [];
const told: string[] = [];
const log = Object.assign(createLogger({ service: 'x', level: 'silent' }), { warn: (_: unknown, text: string) => void told.push(text) });

async function listening(port = 0): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  told.length = 0;
});

test('a database that comes later is waited for, and said once, without credentials', async () => {
  const port = await listening();
  servers.splice(0).forEach((server) => server.close());
  const broker = `127.0.0.1:${await listening()}`;
  const waiting = waitForPeers({ DATABASE_URL: `postgres://anna:secret@127.0.0.1:${port}/x`, KAFKA_BROKERS: ['127.0.0.1:1', broker] }, { log, everyMs: 20 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await listening(port);
  await waiting;
  expect(told).toEqual([`Waiting for the database at 127.0.0.1:${port}.`]);
});

test('who does not come is named with its setting', async () => {
  const database = `postgres://127.0.0.1:${await listening()}/x`;
  const waiting = waitForPeers({ DATABASE_URL: database, KAFKA_BROKERS: ['127.0.0.1:1', '127.0.0.1:2'] }, { log, waitMs: 50, everyMs: 20 });
  await expect(waiting).rejects.toThrow('KAFKA_BROKERS: nobody answers at 127.0.0.1:1, 127.0.0.1:2, after 0 s; is the broker running, and is the address right?');
});
