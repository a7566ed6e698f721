import { createServer } from 'node:net';
import { DEFAULT_PORTS, type Ports } from './local-landscape.ts';

/** The first sentence for people, when other programs have some of these ports; undefined when all are free. */
export async function takenPorts(ports: Ports = DEFAULT_PORTS): Promise<string | undefined> {
  const taken = await Promise.all(Object.entries(ports).map(async ([name, port]: [string, number]) => ((await isFree(port)) ? [] : [`${port} (${name})`])));
  const list = taken.flat();
  if (list.length === 0) return undefined;
  return `Another program has port ${list.join(', ')}: is an npm start running already? End it and try again.`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
