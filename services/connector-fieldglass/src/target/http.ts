import { ClassifiedError } from '@rolebridge/contracts';
import { Agent, request, type Dispatcher } from 'undici';
import { Deadline } from './deadline.ts';
import type { Operation } from './fieldglass.errors.ts';
import { networkFailure } from './network.errors.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface HttpCall {
  readonly operation: Operation;
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** The pause that the target asked for, milliseconds. */
  readonly retryAfterMs?: number;
}

export interface HttpOptions {
  /** One call from connecting to the last byte. */
  readonly timeoutMs: number;
  /** Connections open at once. */
  readonly connections: number;
  readonly nowMs: () => number;
}

/** The connections to one Fieldglass environment. Follows no redirects and repeats nothing by itself. */
export class Http {
  readonly #agent: Agent;
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
    const { timeoutMs, connections } = options;
    this.#agent = new Agent({ connections, pipelining: 1, connectTimeout: timeoutMs, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, maxResponseSize: MAX_ANSWER_BYTES });
  }

  /** Any answer, whatever its status. Throws ClassifiedError when none arrives. */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const { operation, signal } = call;
    const deadline = new Deadline(this.#options.timeoutMs, signal);
    try {
      return await this.#exchange(call, deadline.signal);
    } catch (error) {
      // The cause is kept out: undici's errors may show the request, and ours carries credentials.
      throw new ClassifiedError(networkFailure(error, operation, signal.aborted));
    } finally {
      deadline.clear();
    }
  }

  async #exchange({ method, url, headers, body }: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await request(url, { dispatcher: this.#agent, method, headers, signal, ...(body === undefined ? {} : { body }) });
    const text = await answer.body.text();
    return { status: answer.statusCode, text, ...this.#pauseOf(answer.headers['retry-after']) };
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** Seconds or a date (RFC 9110 §10.2.3). */
  #pauseOf(header: string | string[] | undefined): { readonly retryAfterMs?: number } {
    const text = (Array.isArray(header) ? header[0] : header)?.trim();
    if (!text) return {};
    const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - this.#options.nowMs();
    return Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {};
  }
}
