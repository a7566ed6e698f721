import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Canned {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A target that answers what it is told to, for answers that no well-behaved Fieldglass gives. A token is always given. */
export class CannedTarget {
  readonly #server: Server;
  readonly #answer: (request: IncomingMessage) => Canned;
  readonly requests: string[] = [];

  private constructor(answer: (request: IncomingMessage) => Canned) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      request.resume();
      const token = request.url?.startsWith('/api/oauth2/') ?? false;
      if (!token) this.requests.push(`${request.method} ${request.url}`);
      const { status, body = '', headers = {} } = token ? { status: 200, body: '{"access_token":"t"}' } : this.#answer(request);
      response.writeHead(status, headers).end(body);
    });
  }

  static async start(answer: (request: IncomingMessage) => Canned): Promise<CannedTarget> {
    const target = new CannedTarget(answer);
    await new Promise<void>((resolve) => target.#server.listen(0, '127.0.0.1', resolve));
    return target;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it listens on a port
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
