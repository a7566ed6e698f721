import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CommandContext } from '../inbound/context.ts';
import { run } from '../program.ts';

export const ID = '6f1c2b1e-8a47-4f3e-9d0a-2f6f0a4f5c01';
/** Where nobody listens. */
export const NOBODY = 'http://127.0.0.1:65529';

/** What a route answers: a status and a body, or the body with status 200. */
export type Reply = { readonly status: number; readonly body?: unknown } | ((body: unknown) => { readonly status: number; readonly body?: unknown });

/** Every service of a landscape at one address, for tests of commands: knows li.ng, notes what it is told, answers as it is told to. */
export class OperatorService {
  readonly orders: { readonly order: string; readonly body: unknown }[] = [];
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #folder = mkdtempSync(join(tmpdir(), 'cli-'));

  private constructor(replies: Readonly<Record<string, Reply>>) {
    this.#server = createServer((request, response) => {
      void text(request).then((sent) => {
        const answer = ({ status, body }: { readonly status: number; readonly body?: unknown }) => response.writeHead(status, { 'content-type': 'application/problem+json' }).end(body === undefined ? '' : JSON.stringify(body));
        if (request.headers.authorization !== 'Bearer good') return answer({ status: 401, body: {} });
        const { method = '', url = '' } = request;
        const body: unknown = sent === '' ? undefined : JSON.parse(sent);
        if (method === 'GET') this.asked.push(url);
        else this.orders.push({ order: `${method} ${url}`, body });
        const reply = replies[`${method} ${url}`] ?? replies[`${method} ${url.split('?')[0] ?? ''}`];
        if (reply) return answer(typeof reply === 'function' ? reply(body) : reply);
        return answer(url === '/operator/users?userName=li.ng' ? { status: 200, body: { id: ID, userName: 'li.ng', presence: 'active', generation: 8 } } : { status: 404 });
      });
    });
  }

  static async open(replies: Readonly<Record<string, Reply>>): Promise<OperatorService> {
    const service = new OperatorService(replies);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  /** Runs a command line against it; every service is at its address. */
  async rolebridge(argv: readonly string[], more: { readonly token?: string; readonly url?: string; readonly interrupted?: AbortSignal; readonly pause?: CommandContext['pause'] } = {}) {
    const { token = 'good', url = this.url, pause = () => Promise.resolve() } = more;
    const interrupted = more.interrupted ?? new AbortController().signal;
    const landscape = join(this.#folder, 'systems.yaml');
    const entry = (name: string, rest: string) => `  - {name: ${name}, kind: ${name}, url: "https://x.example"${rest}}\n`;
    writeFileSync(landscape, `systems:\n${entry('sales-cloud', `, operatorUrl: "${url}"`)}`);
    let [out, err] = ['', ''];
    const addresses = ['--ingest', '--role-mapping'].flatMap((option) => (argv.includes(option) ? [] : [option, url]));
    const code = await run([...argv, '--landscape', landscape, ...addresses], {
      env: { ROLEBRIDGE_TOKEN: token },
      out: (output) => void (out += output),
      err: (output) => void (err += output),
      stdin: () => Promise.resolve(''),
      nowMs: () => Date.parse('2026-11-22T12:00:00Z'),
      untilInterrupted: () => interrupted,
      pause,
    });
    return { code, out, err };
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** A problem by RFC 9457. */
export const problem = (status: number, detail: string): Reply => ({ status, body: { type: 'about:blank', title: 'x', status, detail } });
