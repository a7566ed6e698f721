import { ClassifiedError, type Failure, type FailureKind } from '@rolebridge/contracts';

/** Speaks to the chaos directory. `undefined`: it is not there (reads only). Throws ClassifiedError. */
export type DirectoryClient = <Answer>(call: DirectoryCall) => Promise<Answer | undefined>;

/** For whom a call is made, and by which change. */
export interface OnBehalf {
  readonly owner: string;
  readonly number: number;
  readonly generation: number;
}

export interface DirectoryCall extends OnBehalf {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** Status → kind. A write answered with 5xx other than 503 may have been done. */
const KINDS: Readonly<Record<number, FailureKind>> = { 401: 'halting', 404: 'transient', 409: 'waiting', 429: 'transient', 500: 'in-doubt', 502: 'in-doubt', 503: 'transient', 504: 'in-doubt' };

/** Errors before a byte was sent. */
const NOT_SENT = ['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'];

export function directoryClient(url: string, timeoutMs: number): DirectoryClient {
  return async <Answer>(call: DirectoryCall) => {
    const reading = call.method === 'GET';
    const answer = await send(url, call, timeoutMs).catch((error: unknown) => {
      throw new ClassifiedError(lost(error, reading));
    });
    if (answer.ok) return (await answer.json().catch((error: unknown) => Promise.reject(new ClassifiedError(lost(error, reading))))) as Answer; // written by directory.simulator.ts
    if (answer.status === 404 && reading) return undefined;
    throw new ClassifiedError(refusal(answer.status, answer.headers.get('retry-after')));
  };
}

function send(url: string, { method, path, body, owner, number, generation, signal }: DirectoryCall, timeoutMs: number): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { 'x-owner': owner, 'x-number': String(number), 'x-generation': String(generation), 'content-type': 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function lost(error: unknown, reading: boolean): Failure {
  const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : '';
  if (NOT_SENT.includes(cause)) return { kind: 'transient', code: 'unreachable', message: 'The directory cannot be reached.' };
  return { kind: reading ? 'transient' : 'in-doubt', code: 'no-answer', message: 'The answer of the directory did not arrive.' };
}

/** What a status says that is no success, of a call or of one part of a bundle. */
export function refusal(status: number, retryAfter: string | null = null): Failure {
  const seconds = Number(retryAfter ?? Number.NaN);
  return {
    kind: KINDS[status] ?? 'rejected',
    code: `http-${status}`,
    message: `The directory answered ${status}.`,
    ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
    ...(status === 409 ? { waitingFor: 'the present holder of the login' } : {}),
  };
}
