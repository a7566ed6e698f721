import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassifiedError } from '@rolebridge/contracts';
import type { System } from '@rolebridge/landscape';
import { messageOf, planFor, aWish } from '../decide/wishes.fixture.ts';
import { parseSettings } from '../parse-settings.ts';
import { salesCloudClient } from './sales-cloud.client.ts';
import type { SalesCloudClient } from './sales-cloud.client.ts';

/** each way to prove who we are, against a small server of its own. */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function client(url: string, settings: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>): SalesCloudClient {
  const system: System = {
    name: 'sales-cloud',
    kind: 'sales-cloud',
    mode: 'active',
    url,
    limits: { concurrency: 2, perMinute: 0, timeoutMs: 2000 },
    settleMs: 0,
    settings: { senderParty: 'A', recipientParty: 'B', ...settings },
  };
  const made = salesCloudClient({ system, settings: parseSettings(system), secret: (reference) => secrets['env' in reference ? reference.env : reference.file] ?? '', now: () => new Date() });
  closing.push(() => made.close());
  return made;
}

const send = (target: SalesCloudClient) =>
  target.send({ message: messageOf(planFor(aWish())), generation: 1 }, { wireId: 'a'.repeat(32), correlationId: 'c-1', signal: new AbortController().signal }).then(
    () => 'accepted',
    (error: unknown) => (error instanceof ClassifiedError ? error.failure : error),
  );

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer); // a stream without encoding gives buffers
  return Buffer.concat(parts).toString('utf8');
}

describe('OAuth client credentials', () => {
  interface Tenant {
    readonly url: string;
    readonly requests: string[];
    accepted: string;
  }

  async function tenant(): Promise<Tenant> {
    const requests: string[] = [];
    const held = { url: '', requests, accepted: 'token-1' };
    let tokens = 0;
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
      const body = await bodyOf(request);
      if (request.url === '/token') {
        tokens += 1;
        requests.push(`token ${request.headers.authorization ?? ''} ${body}`);
        return response.setHeader('content-type', 'application/json').end(JSON.stringify({ access_token: `token-${String(tokens)}`, expires_in: 3600 }));
      }
      requests.push(`message ${request.headers.authorization ?? ''}`);
      return response.writeHead(request.headers.authorization === `Bearer ${held.accepted}` ? 202 : 401).end();
    };
    const port = await listen(createServer((request, response) => void answer(request, response)));
    held.url = `http://127.0.0.1:${String(port)}`;
    return held;
  }

  const oauth = (url: string, more: object = {}) => ({ authentication: { kind: 'oauth', tokenUrl: `${url}/token`, clientId: 'id', clientSecret: { env: 'S' }, ...more } });

  test('one token serves many messages', async () => {
    const target = await tenant();
    const made = client(target.url, oauth(target.url), { S: 'secret' });
    expect(await Promise.all([send(made), send(made), send(made)])).toEqual(['accepted', 'accepted', 'accepted']);
    expect(target.requests.filter((request) => request.startsWith('token'))).toEqual([`token Basic ${Buffer.from('id:secret').toString('base64')} grant_type=client_credentials`]);
  });

  test('client id and secret can travel in the form', async () => {
    const target = await tenant();
    await send(client(target.url, oauth(target.url, { clientIn: 'form', scope: 'c4c' }), { S: 'sec&ret' }));
    expect(target.requests[0]).toBe('token  grant_type=client_credentials&scope=c4c&client_id=id&client_secret=sec%26ret');
  });

  test('a token that is refused is renewed once', async () => {
    const target = await tenant();
    const made = client(target.url, oauth(target.url), { S: 'secret' });
    await send(made);
    target.accepted = 'token-2';
    expect(await send(made)).toBe('accepted');
    target.accepted = 'another';
    expect(await send(made)).toMatchObject({ kind: 'halting', code: 'http-401' });
  });

  test('a token address that gives none halts; one that is down does not', async () => {
    const target = await tenant();
    expect(await send(client(target.url, oauth(`${target.url}/nowhere`), { S: 'secret' }))).toMatchObject({ kind: 'halting', code: 'token-http-401' });
    expect(await send(client(target.url, oauth('http://127.0.0.1:9'), { S: 'secret' }))).toMatchObject({ kind: 'transient', code: 'econnrefused' });
  });
});

describe('client certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-certificates-'));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const make = (name: string, subject: string) =>
    spawnSync('openssl', [
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -addext subjectAltName=IP:127.0.0.1'.split(' '),
      ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`), '-subj', `/CN=${subject}`],
    ].flat());

  beforeAll(() => {
    make('server', 'server');
    make('client', 'rolebridge');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function tlsTenant(): Promise<string> {
    const options = { cert: read('server.pem'), key: read('server.key'), ca: read('client.pem'), requestCert: true, rejectUnauthorized: true };
    const server = createTlsServer(options, (request, response) => {
      request.resume();
      response.writeHead(202).end();
    });
    return `https://127.0.0.1:${String(await listen(server))}`;
  }

  const certificate = { authentication: { kind: 'certificate', certificate: { file: 'client.pem' }, key: { file: 'client.key' } }, trustedCa: { file: 'server.pem' } };

  test('is shown to the target, and the target’s own authority is trusted', async () => {
    const secrets = Object.fromEntries(['client.pem', 'client.key', 'server.pem'].map((name) => [name, read(name)]));
    expect(await send(client(await tlsTenant(), certificate, secrets))).toBe('accepted');
  });

  test('a target with an unknown authority halts before anything is sent', async () => {
    const { trustedCa: _, ...untrusting } = certificate;
    const secrets = Object.fromEntries(['client.pem', 'client.key'].map((name) => [name, read(name)]));
    expect(await send(client(await tlsTenant(), untrusting, secrets))).toMatchObject({ kind: 'halting' });
  });
});
