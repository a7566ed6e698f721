import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { costMs } from './cost.ts';
import type { OrderedFault, ProtocolFault } from './fault-book.ts';
import type { FaultKind } from './faults.ts';
import type { Answer, Call, ProtocolAnswers } from './port.ts';
import type { Desk } from './desk.ts';

type Work = () => Answer | Promise<Answer>;

/** How a call ends: with an answer, or cut off; `writes` counts in both cases. */
interface Ending {
  readonly answer?: Answer;
  readonly result: string;
  readonly writes: number;
}

const DEFAULT_RETRY_AFTER_S = 1;

/** Takes one call through log, faults and cost to its answer. */
export async function perform(desk: Desk, exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply }, call: Call, work: Work): Promise<FastifyReply> {
  const { operation, key, users = 1, generation } = call;
  const sequence = desk.log.open({ at: desk.nowIso(), operation, users, ...(key === undefined ? {} : { key }), ...(generation === undefined ? {} : { generation }) });
  const { latencyMs, fault } = desk.faults.take(call);
  const close = (ending: Ending) => desk.log.end(sequence, { endedAt: desk.nowIso(), result: ending.result, writes: ending.writes, ...faultName(fault, latencyMs) });
  try {
    await pause(latencyMs + costMs(desk.cost, users), desk.signal);
    const ending = await endingOf(fault, call, work, desk.answers);
    close(ending);
    return ending.answer ? send(exchange.reply, ending.answer) : cutOff(exchange);
  } catch (error) {
    close({ result: desk.signal.aborted ? 'simulator closed' : 'defect of the simulator', writes: 0 });
    if (desk.signal.aborted) return cutOff(exchange);
    throw error;
  }
}

/** Resets the connection: the caller cannot know what happened. */
export function cutOff(exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply }): FastifyReply {
  exchange.reply.hijack();
  exchange.request.raw.socket.resetAndDestroy();
  return exchange.reply;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal });
}

type Ender = (met: { readonly fault: OrderedFault; readonly call: Call; readonly work: Work; readonly answers: ProtocolAnswers }) => Ending | Promise<Ending>;

const protocol =
  (kind: ProtocolFault): Ender =>
  ({ fault, call, answers }) =>
    done(answers[kind]?.(fault, call) ?? { status: 500 });

/** How a call ends that met a fault. `latency` and `down` never come this far: the one only delays, the other cuts off before. */
const ENDERS: Readonly<Record<Exclude<FaultKind, 'latency' | 'down'>, Ender>> = {
  'reset-before': () => ({ result: 'reset', writes: 0 }),
  'reset-after': async ({ work }) => ({ result: 'reset', writes: (await work()).writes ?? 0 }),
  duplicate: ({ work }) => twice(work),
  throttle: ({ fault }) => done({ status: 429, headers: { 'retry-after': String(fault.value ?? DEFAULT_RETRY_AFTER_S) } }),
  'server-error': ({ fault }) => done({ status: fault.value ?? 503 }),
  refuse: protocol('refuse'),
  'error-code': protocol('error-code'),
  'soap-fault': protocol('soap-fault'),
  'wrong-credentials': protocol('wrong-credentials'),
};

async function endingOf(fault: OrderedFault | undefined, call: Call, work: Work, answers: ProtocolAnswers): Promise<Ending> {
  if (!fault || fault.kind === 'latency' || fault.kind === 'down') return done(await work());
  return ENDERS[fault.kind]({ fault, call, work, answers });
}

async function twice(work: Work): Promise<Ending> {
  const first = await work();
  const second = await work();
  return { ...done(first), writes: (first.writes ?? 0) + (second.writes ?? 0) };
}

function done(answer: Answer): Ending {
  return { answer, result: answer.result ?? String(answer.status), writes: answer.writes ?? 0 };
}

function faultName(fault: OrderedFault | undefined, latencyMs: number): { readonly fault?: string } {
  if (fault) return { fault: fault.kind };
  return latencyMs > 0 ? { fault: 'latency' } : {};
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  void reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  return reply.type(answer.type ?? 'application/json; charset=utf-8').send(answer.body);
}
