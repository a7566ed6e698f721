import type { Failure } from '@rolebridge/contracts';
import { isRead, type Operation } from './fieldglass.errors.ts';

/** Errors before a byte of the request was sent: nothing can have happened. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

/** The other side's certificate, or ours: no retry mends it. */
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** The failure behind an error of the connection. `aborted`: we stopped waiting ourselves. */
export function networkFailure(error: unknown, operation: Operation, aborted: boolean): Failure {
  const code = codeOf(error);
  if (TLS.test(code)) return { kind: 'halting', code: 'tls', message: `The certificate of SAP Fieldglass is not accepted (${code}). Check url and trusted certificates.` };
  if (NOT_SENT.includes(code)) return { kind: 'transient', code: 'unreachable', message: `SAP Fieldglass cannot be reached (${code}).` };
  const reason = aborted ? 'aborted' : isTimeout(error, code) ? 'timeout' : 'connection-lost';
  const kind = isRead(operation) ? 'transient' : 'in-doubt';
  return { kind, code: reason, message: `The answer of SAP Fieldglass to ${operation} did not arrive (${reason}).` };
}

/** `AbortSignal.timeout` throws a DOMException, which need not be an Error of this realm. */
function isTimeout(error: unknown, code: string): boolean {
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  return name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || code === 'ETIMEDOUT';
}

/** undici wraps: the code may sit on the cause, or on the errors of an AggregateError. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map(codeOf).find((code) => code !== '') ?? '';
  return 'cause' in error ? codeOf(error.cause) : '';
}
