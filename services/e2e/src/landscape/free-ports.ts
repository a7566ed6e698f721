import { createServer } from 'node:net';

/** Below what systems give away by themselves (Linux from 32768 on, others from 49152): a service that is down finds its port free again. */
const FROM = 20_000;
const UNTIL = 32_000;
const TRIES = 50;

/** Ports that nobody listens on, and that nobody who asks for any port gets. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const free = new Set<number>();
  for (let tries = 0; free.size < count; tries += 1) {
    if (tries > TRIES + count) throw new Error(`No ${count} free ports were found between ${FROM} and ${UNTIL}.`);
    const port = FROM + Math.floor(Math.random() * (UNTIL - FROM));
    if (await isFree(port)) free.add(port);
  }
  return [...free];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
