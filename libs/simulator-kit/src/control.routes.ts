import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { parseCost, parseFault } from './fault.schema.ts';
import { PROTOCOL_FAULTS } from './fault-book.ts';
import type { Fault } from './faults.ts';
import type { Desk } from './desk.ts';
import type { SimulatorOptions } from './port.ts';

const DEFAULT_PAGE = 10_000;

/** Paths under which a simulator is looked at and steered; never part of the target's protocol. */
export const CONTROL_PREFIX = '/_simulator';

/** `GET /livez` and everything under `/_simulator`. */
export function controlRoutes(app: FastifyInstance, desk: Desk, options: SimulatorOptions): void {
  app.get('/livez', () => ({ status: 'ok', simulator: options.name }));
  app.get(`${CONTROL_PREFIX}/state`, (_, reply) => reply.type('application/json; charset=utf-8').send(JSON.stringify(options.state(), null, 2)));
  app.get(`${CONTROL_PREFIX}/counters`, () => desk.log.counters());
  app.get(`${CONTROL_PREFIX}/calls`, (request) => callPage(desk, request));
  app.post(`${CONTROL_PREFIX}/reset`, (_, reply) => {
    desk.reset();
    options.reset();
    return reply.code(204).send();
  });
  app.get(`${CONTROL_PREFIX}/cost`, () => desk.cost);
  app.put(`${CONTROL_PREFIX}/cost`, (request, reply) => setCost(desk, request, reply));
  faultRoutes(app, desk);
}

function faultRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(`${CONTROL_PREFIX}/faults`, () => desk.faults.list());
  app.post(`${CONTROL_PREFIX}/faults`, (request, reply) => addFault(desk, request, reply));
  app.delete(`${CONTROL_PREFIX}/faults`, (_, reply) => {
    desk.faults.clear();
    return reply.code(204).send();
  });
  app.delete<{ Params: { id: string } }>(`${CONTROL_PREFIX}/faults/:id`, (request, reply) =>
    reply.code(desk.faults.remove(Number(request.params.id)) ? 204 : 404).send(),
  );
}

function addFault(desk: Desk, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const parsed = parseFault(bodyText(request));
  if (!parsed.ok) return reply.code(400).send({ problem: parsed.problem });
  if (!canShow(desk, parsed.value)) return reply.code(400).send({ problem: `This simulator's protocol has no ${parsed.value.kind}.` });
  return reply.code(201).send(desk.faults.add(parsed.value));
}

function canShow(desk: Desk, fault: Fault): boolean {
  const kind = PROTOCOL_FAULTS.find((candidate) => candidate === fault.kind);
  return kind === undefined || desk.answers[kind] !== undefined;
}

function setCost(desk: Desk, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const parsed = parseCost(bodyText(request));
  if (!parsed.ok) return reply.code(400).send({ problem: parsed.problem });
  desk.cost = parsed.value;
  return reply.send(desk.cost);
}

function callPage(desk: Desk, request: FastifyRequest): unknown {
  const query = new URL(request.url, 'http://simulator').searchParams;
  return desk.log.page(Number(query.get('since') ?? 0) || 0, Number(query.get('limit') ?? DEFAULT_PAGE) || DEFAULT_PAGE);
}

/** The raw text of a request's body; empty when there is none. */
export function bodyText(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}
