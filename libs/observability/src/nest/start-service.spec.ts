import { Body, Controller, Post, type DynamicModule } from '@nestjs/common';
import { ConfigurationError, Health, createLogger, createMetrics } from '../index.ts';
import { startService, type RunningService, type ServiceOptions } from './start-service.ts';

@Controller('echo')
class EchoController {
  @Post()
  echo(@Body() body: unknown): unknown {
    return { body };
  }
}

const EchoModule: DynamicModule = { module: EchoController, controllers: [EchoController] };

const running: RunningService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function start(options: Partial<ServiceOptions> = {}): Promise<RunningService & { health: Health }> {
  const health = new Health();
  const environment = { PORT: 0, HOST: '127.0.0.1' };
  const service = await startService({ name: 'echo', module: EchoModule, environment, log: createLogger({ service: 'echo', level: 'silent' }), metrics: createMetrics('echo'), health, ...options });
  running.push(service);
  return { ...service, health };
}

describe('a started service', () => {
  test('answers /livez and /metrics without credentials', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('rolebridge_http_request_duration_seconds');
    expect(metrics).toContain('process_cpu_seconds_total');
  });

  test('is ready, and says why when it is not', async () => {
    const { url, health } = await start();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    health.add('database', () => ({ ok: false, reason: 'no connection to postgres://me:secret@db/x' }));
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(text).toContain('no connection');
    expect(text).not.toContain('secret');
  });

  test('gives every request a correlation id and keeps a given one', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/livez`)).headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect((await fetch(`${url}/livez`, { headers: { 'x-correlation-id': 'abc-1' } })).headers.get('x-correlation-id')).toBe('abc-1');
  });

  test('refuses a body over 1 MB', async () => {
    const { url } = await start();
    const send = (body: string) => fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect((await send('{"a":1}')).status).toBe(201);
    expect((await send(JSON.stringify('x'.repeat(2_000_000)))).status).toBe(413);
  });

  test('ends with exit code 1 when one of its parts dies for good', async () => {
    const died = Promise.withResolvers<never>();
    const exit = Promise.withResolvers<number>();
    await start({ failed: [died.promise], exit: exit.resolve });
    died.reject(new Error('the consumer is gone'));
    expect(await exit.promise).toBe(1);
  });

  test('says in one sentence that its port is taken, names PORT and the address, and closes what it had begun', async () => {
    const { url } = await start();
    let isClosed = false;
    const module: DynamicModule = { module: EchoController, controllers: [EchoController], providers: [{ provide: 'x', useValue: { onApplicationShutdown: () => (isClosed = true) } }] };
    const environment = { PORT: Number(new URL(url).port), HOST: '127.0.0.1' };
    const sentence = `PORT: another process listens on 127.0.0.1:${environment.PORT} already; stop it, or choose another port.`;
    await expect(start({ environment, module })).rejects.toEqual(new ConfigurationError([sentence]));
    expect(isClosed).toBe(true);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  test('says so when its address is not one of this machine', async () => {
    await expect(start({ environment: { PORT: 0, HOST: '192.0.2.1', ALLOW_PLAIN_HTTP: true } })).rejects.toThrow('HOST: this machine cannot listen on 192.0.2.1:0;');
  });

  test('ends with exit code 0 on SIGTERM', async () => {
    const exit = Promise.withResolvers<number>();
    const { url } = await start({ exit: exit.resolve });
    process.emit('SIGTERM', 'SIGTERM');
    expect(await exit.promise).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test('cuts a shutdown short that takes too long', async () => {
    const exit = Promise.withResolvers<number>();
    const never = new Promise<never>(() => undefined);
    await start({ exit: exit.resolve, shutdownMs: 50, microservices: [{ listen: (done) => done(), close: () => never }] });
    running.splice(0);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await exit.promise).toBe(1);
  });
});
