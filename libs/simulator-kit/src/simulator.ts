import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { CONTROL_PREFIX, controlRoutes } from './control.routes.ts';
import { Desk } from './desk.ts';
import { cutOff, perform } from './perform.ts';
import type { RunningSimulator, SimulatorContext, SimulatorOptions } from './port.ts';

const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

/** Starts a simulated target: its own routes, and beside them everything to look at it and to trouble it. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const background = new AbortController();
  const desk = new Desk(options, background.signal);
  const app = createApp(desk);
  controlRoutes(app, desk, options);
  options.routes(app, contextOf(desk));
  await app.listen({ port: options.port, host: options.host ?? '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error(`Simulator ${options.name} listens nowhere.`);
  return {
    name: options.name,
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    close: async () => {
      background.abort();
      await app.close();
    },
  };
}

function createApp(desk: Desk): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  // Raw text whatever the media type: a strict simulator parses for itself and sees what really came.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    if (isControl(request.url) || !desk.faults.takeDown()) return;
    return cutOff({ request, reply });
  });
  return app;
}

function isControl(url: string): boolean {
  return url === '/livez' || url.startsWith(CONTROL_PREFIX);
}

function contextOf(desk: Desk): SimulatorContext {
  return {
    perform: (request, reply, call, work) => perform(desk, { request, reply }, call, work),
    random: desk.random,
    nowMs: desk.nowMs,
    signal: desk.signal,
  };
}
