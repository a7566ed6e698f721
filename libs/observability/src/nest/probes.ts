import type { FastifyInstance } from 'fastify';
import { CORRELATION_HEADER, correlationIdOf } from '../correlation.ts';
import type { Health } from '../health.ts';
import type { Metrics } from '../metrics.ts';

/** `/livez`, `/readyz` and `/metrics`: outside of Nest's guards, so they need no credentials. */
export function addProbes(fastify: FastifyInstance, health: Health, metrics: Metrics): void {
  fastify.get('/livez', () => ({ ok: true }));
  fastify.get('/readyz', async (_request, reply) => {
    const report = await health.report();
    return reply.code(report.ok ? 200 : 503).send(report);
  });
  fastify.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
}

/** Every request carries one correlation id from here on, and its answer names it; its duration is measured per route. */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const seconds = metrics.histogram({ name: 'http_request_duration_seconds', help: 'Duration of HTTP requests.', labels: ['method', 'route', 'status'] });
  fastify.addHook('onRequest', async (request, reply) => {
    const correlationId = correlationIdOf(request.headers);
    request.headers[CORRELATION_HEADER] = correlationId;
    reply.header(CORRELATION_HEADER, correlationId);
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
}
