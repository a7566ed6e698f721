import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A line to the database that can be cut. */
export class Line {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'open' | 'cut' | 'silent' = 'open';

  constructor(port: number) {
    this.#server = createServer((inside) => {
      if (this.#state === 'cut') return inside.destroy();
      const outside = connect(port, '127.0.0.1');
      for (const [socket, other] of [[inside, outside], [outside, inside]] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => other.destroy());
        socket.on('data', (chunk) => this.#state === 'open' && other.write(chunk));
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  set(state: 'open' | 'cut' | 'silent'): void {
    this.#state = state;
    if (state !== 'silent') this.#sockets.forEach((socket) => socket.destroy());
  }

  close(): void {
    this.set('cut');
    this.#server.close();
  }
}
