import { HttpException } from '@nestjs/common';

/** An error answer by RFC 9457 (`application/problem+json`). */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

const TITLES: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict', 503: 'Service Unavailable' };

/** The exception that Nest answers with a problem. Set the content type on the reply: {@link PROBLEM_TYPE}. */
export function problem(status: 400 | 401 | 403 | 404 | 409 | 503, detail: string): HttpException {
  const body: Problem = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail };
  return new HttpException(body, status);
}

/** What a reader of requests made of one: the value, or a sentence that names the field. */
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** The value that was read; a problem is the caller's, so it is answered with 400. */
export function readOrRefuse<T>(read: Read<T>): T {
  if (!read.ok) throw problem(400, read.problem);
  return read.value;
}

export const PROBLEM_TYPE = 'application/problem+json';
