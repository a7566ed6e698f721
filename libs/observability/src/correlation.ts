import { randomUUID } from 'node:crypto';

export const CORRELATION_HEADER = 'x-correlation-id';

/** Header names in lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const ACCEPTED = /^[A-Za-z0-9._:+/=-]{1,64}$/;
/** W3C Trace Context, `traceparent`: version, trace id, parent id, flags; version ff and an all-zero trace id are invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/**
 * The correlation id of a request: `X-Correlation-ID` when it is up to 64 harmless characters, else the trace id of `traceparent`,
 * else a new UUID. It is copied into logs, headers and records, so anything else a sender puts there is dropped.
 */
export function correlationIdOf(headers: RequestHeaders, newId: () => string = randomUUID): string {
  const given = single(headers[CORRELATION_HEADER]);
  if (given !== undefined && ACCEPTED.test(given)) return given;
  const trace = TRACEPARENT.exec(single(headers['traceparent']) ?? '');
  return trace?.[1] ?? newId();
}

function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.trim() : header?.[0]?.trim();
}
