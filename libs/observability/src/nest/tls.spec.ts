import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Controller, Get, Post, Req, type DynamicModule } from '@nestjs/common';
import { TestAuthority, type TestCertificate } from '@rolebridge/local-stack';
import { Health, createLogger, createMetrics } from '../index.ts';
import { startService, type RunningService, type ServiceOptions } from './start-service.ts';

@Controller('peer')
class PeerController {
  @Get()
  peer(@Req() asked: { readonly raw: { readonly socket: TLSSocket } }): unknown {
    const { socket } = asked.raw;
    return { authorized: socket.authorized, subject: socket.getPeerX509Certificate()?.subject };
  }

  @Post()
  post(): unknown {
    return {};
  }
}

const PeerModule: DynamicModule = { module: PeerController, controllers: [PeerController] };
const authority = new TestAuthority();
const [server, renewed, client] = [authority.signed('server', '/CN=localhost'), authority.signed('renewed', '/CN=localhost'), authority.signed('client', '/CN=ips')];
const files = { cert: join(authority.folder, 'live.crt'), key: join(authority.folder, 'live.key') };
afterAll(() => authority.remove());

const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function start(environment: object, options: Partial<ServiceOptions> = {}): Promise<string> {
  const log = createLogger({ service: 'tls', level: 'silent' });
  const service = await startService({ name: 'tls', module: PeerModule, environment: { PORT: 0, HOST: '127.0.0.1', ...environment }, log, metrics: createMetrics('tls'), health: new Health(), ...options });
  running.push(service);
  return service.url;
}

function install({ certFile, keyFile }: TestCertificate): void {
  copyFileSync(certFile, files.cert);
  copyFileSync(keyFile, files.key);
}
const TLS = { TLS_CERT_FILE: files.cert, TLS_KEY_FILE: files.key };

interface Seen {
  readonly serial: string;
  readonly body: unknown;
}

function get(url: string, identity?: TestCertificate): Promise<Seen> {
  const own = identity && { cert: identity.pem, key: readKey(identity) };
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/peer`, { ca: authority.authority.pem, agent: false, ...own }, (answer) => {
      const serial = (answer.socket as TLSSocket).getPeerCertificate().serialNumber;
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ serial, body: JSON.parse(text) }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

function readKey({ keyFile }: TestCertificate): Buffer {
  return readFileSync(keyFile);
}

describe('a service with a certificate', () => {
  test('serves TLS, and nothing else', async () => {
    install(server);
    const url = await start(TLS);
    expect(url).toMatch(/^https:/);
    expect((await get(url)).body).toEqual({ authorized: false });
    await expect(fetch(url.replace('https', 'http'))).rejects.toThrow();
  });

  test('takes up renewed files without a restart, and keeps the earlier ones when they are wrong', async () => {
    install(server);
    const url = await start(TLS, { certificateLookMs: 20 });
    const first = await get(url);
    writeFileSync(files.cert, 'nonsense');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await get(url)).serial).toBe(first.serial);
    install(renewed);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await get(url)).serial).not.toBe(first.serial);
  });

  test('asks clients for a certificate when it knows their authority, and lets those in who have none', async () => {
    install(server);
    const url = await start({ ...TLS, TLS_CLIENT_CA_FILE: authority.authority.certFile });
    expect((await get(url, client)).body).toEqual({ authorized: true, subject: 'CN=ips' });
    expect((await get(url, authority.stranger('stranger', '/CN=ips'))).body).toEqual({ authorized: false, subject: 'CN=ips' });
    expect((await get(url)).body).toEqual({ authorized: false });
  });

  test.each([
    ['without its key', { TLS_CERT_FILE: server.certFile }, 'TLS_KEY_FILE: is missing'],
    ['that is missing', { TLS_KEY_FILE: server.keyFile }, 'TLS_CERT_FILE: is missing'],
    ['that does not exist', { TLS_CERT_FILE: '/nowhere.crt', TLS_KEY_FILE: server.keyFile }, 'TLS_CERT_FILE: /nowhere.crt cannot be read'],
    ['with the key of another', { TLS_CERT_FILE: server.certFile, TLS_KEY_FILE: client.keyFile }, 'are not a certificate and the key that belongs to it'],
  ])('%s does not start', async (_, environment, problem) => {
    await expect(start(environment)).rejects.toThrow(problem);
  });
});

describe('plain HTTP', () => {
  test('is for this machine alone, unless somebody allows it', async () => {
    await expect(start({ HOST: '0.0.0.0' })).rejects.toThrow('plain HTTP is served on this machine alone');
    expect(await start({ HOST: '0.0.0.0', ALLOW_PLAIN_HTTP: true })).toMatch(/^http:/);
    expect(await start({})).toMatch(/^http:/);
  });
});

test('a body that comes too slowly is given up', async () => {
  const url = new URL(await start({}, { requestTimeoutMs: 300 }));
  const socket = connect(Number(url.port), url.hostname);
  const started = performance.now();
  socket.write('POST /peer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(performance.now() - started).toBeLessThan(5000);
});
