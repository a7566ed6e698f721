import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Aim, OrderedFault, ProtocolFault } from './fault-book.ts';

/** One call of the target's protocol, as the simulator has understood it. */
export interface Call extends Aim {
  /** How many users it carries, for the cost; default 1. */
  readonly users?: number;
  /** Marker for checkers, if the call carries one. */
  readonly generation?: string;
}

/** An answer on the wire. */
export interface Answer {
  readonly status: number;
  /** Text of the body; empty when left out. */
  readonly body?: string;
  /** Media type; default `application/json; charset=utf-8` when there is a body. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the log says of the call; default the status. */
  readonly result?: string;
  /** Changes of accounts made by this call; default 0. */
  readonly writes?: number;
}

export type ProtocolAnswers = Partial<Readonly<Record<ProtocolFault, (fault: OrderedFault, call: Call) => Answer>>>;

/** What a simulator's routes work with. */
export interface SimulatorContext {
  /**
   * Logs the call, makes it meet the faults and the cost on order, does the work and answers. Every route of the target's
   * protocol goes through here. The body of a request is its raw text.
   */
  perform(request: FastifyRequest, reply: FastifyReply, call: Call, work: () => Answer | Promise<Answer>): Promise<FastifyReply>;
  /** Seeded sequence in [0, 1) of this simulator. */
  random(): number;
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Aborted when the simulator closes; whatever works in the background listens to it. */
  readonly signal: AbortSignal;
}

export interface SimulatorOptions {
  readonly name: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly routes: (app: FastifyInstance, context: SimulatorContext) => void;
  /** What `GET /_simulator/state` shows. */
  readonly state: () => unknown;
  /** Forgets everything, for `POST /_simulator/reset`. */
  readonly reset: () => void;
  /** Answers of faults in the protocol's own form. A fault without its answer is refused when it is ordered. */
  readonly answers?: ProtocolAnswers;
  /** Default 1. */
  readonly seed?: number;
  /** Calls the log keeps at least, default 50 000. */
  readonly logCapacity?: number;
  readonly nowMs?: () => number;
}

export interface RunningSimulator {
  readonly name: string;
  /** e.g. `http://127.0.0.1:8092`. */
  readonly url: string;
  readonly port: number;
  /** Cuts every connection off and stops what works in the background. */
  close(): Promise<void>;
}
