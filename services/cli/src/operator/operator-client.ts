import type { OperatorRight } from '@rolebridge/access';
import { OPERATOR_PATHS, type ConnectorStatus, type OperatorOrder, type OperatorOrderKind, type UserIdentity, type UserStatus } from '@rolebridge/contracts';
import { isNativeError } from 'node:util/types';
import { printable } from '../decide/table.ts';
import { CommandFailure, EXIT, type ExitCode } from '../failure.ts';
import { isConnectorStatus, isUserIdentity, isUserStatus } from './answers.ts';

/** Speaks to the operator interface of connectors and ingest. Every failure is one sentence with its exit code. */
export class OperatorClient {
  readonly #token: string;
  readonly #timeoutMs: number;

  constructor(token: string, timeoutMs: number) {
    this.#token = token;
    this.#timeoutMs = timeoutMs;
  }

  async status(service: Service): Promise<ConnectorStatus> {
    const answer = await this.#get(service, OPERATOR_PATHS.status, isConnectorStatus);
    if (!answer) throw new CommandFailure(EXIT.failure, `${service.name} at ${service.url} has no operator interface; check the address.`);
    return answer;
  }

  /** `undefined` when no system of this connector knows the user. */
  userStatus(service: Service, userId: string): Promise<UserStatus | undefined> {
    return this.#get(service, `${OPERATOR_PATHS.users}/${encodeURIComponent(userId)}`, isUserStatus);
  }

  /** `undefined` when nobody has this user name. */
  identity(service: Service, userName: string): Promise<UserIdentity | undefined> {
    return this.#get(service, `${OPERATOR_PATHS.users}?${new URLSearchParams({ userName }).toString()}`, isUserIdentity);
  }

  /** Release or redrive. A refusal is told in the words of the connector. */
  async order(service: Service, userId: string, kind: OperatorOrderKind, order: OperatorOrder): Promise<void> {
    const answer = await this.#fetch(service, OPERATOR_PATHS.order(userId, kind), order);
    if (answer.status === 204) return;
    if (answer.status === 404 && detailOf(answer.body) === undefined) throw new CommandFailure(EXIT.notFound, `${service.name} at ${service.url} cannot ${kind}: it has no such address; check operatorUrl and its version.`);
    throw refusal(service, answer, kind === 'release' ? 'approve' : 'operate');
  }

  /** Asks a service that always has an answer. */
  async read<T>(service: Service, path: string, isAnswer: (value: unknown) => value is T): Promise<T> {
    const { status, body } = await this.#fetch(service, path);
    if (status === 200 && isAnswer(body)) return body;
    throw status === 200 ? notUnderstood(service) : refusal(service, { status, body }, 'read');
  }

  /** Gives an order that is answered. A refusal is told in the words of the service. */
  async send<T>(service: Service, path: string, order: Order<T>): Promise<T> {
    const { status, body } = await this.#fetch(service, path, order.body);
    if ((status === 200 || status === 202) && order.isAnswer(body)) return body;
    throw status === 200 ? notUnderstood(service) : refusal(service, { status, body }, order.right);
  }

  async #get<T>(service: Service, path: string, isAnswer: (value: unknown) => value is T): Promise<T | undefined> {
    const { status, body } = await this.#fetch(service, path);
    if (status === 404) return undefined;
    if (status !== 200) throw refused(service, status, 'read');
    if (!isAnswer(body)) throw notUnderstood(service);
    return body;
  }

  /** POST when there is something to send, else GET. */
  async #fetch(service: Service, path: string, order?: object): Promise<Answer> {
    const address = service.url.replace(/\/+$/, '') + path;
    const headers = { authorization: `Bearer ${this.#token}`, accept: 'application/json, application/problem+json' };
    const sending = order === undefined ? { headers } : { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(order) };
    try {
      const response = await fetch(address, { ...sending, redirect: 'error', signal: AbortSignal.timeout(this.#timeoutMs) });
      return { status: response.status, body: parsed(await response.text()) };
    } catch (error) {
      const reason = reasonOf(error, this.#timeoutMs);
      const doubt = order === undefined || NEVER_ARRIVED.includes(reason) ? '' : ' The order may have been carried out all the same: look at the status of the user.';
      throw new CommandFailure(EXIT.unreachable, `${service.name} cannot be reached at ${service.url} (${reason}); is it running?${doubt}`);
    }
  }
}

/** An order, what answers it, and the right it needs. */
export interface Order<T> {
  readonly body: object;
  readonly isAnswer: (value: unknown) => value is T;
  readonly right: OperatorRight;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What was never sent had no effect. */
const NEVER_ARRIVED: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND'];

/** Refusals that the service explains itself. */
const EXIT_OF_REFUSAL: Readonly<Record<number, ExitCode>> = { 400: EXIT.failure, 403: EXIT.notPermitted, 404: EXIT.notFound, 409: EXIT.failure };

/** The sentence of a problem (RFC 9457). */
function detailOf(body: unknown): string | undefined {
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  return typeof detail === 'string' && detail.trim() !== '' ? printable(detail) : undefined;
}

/** In the words of the service where it has some. */
function refusal(service: Service, { status, body }: Answer, right: OperatorRight): CommandFailure {
  const detail = detailOf(body);
  const exitCode = EXIT_OF_REFUSAL[status];
  if (exitCode !== undefined && detail !== undefined) return new CommandFailure(exitCode, detail);
  if (status === 404) return new CommandFailure(EXIT.notFound, `${service.name} at ${service.url} has no such address; check the address and its version.`);
  return refused(service, status, right);
}

function notUnderstood({ name, url }: Service): CommandFailure {
  return new CommandFailure(EXIT.failure, `${name} at ${url} gave an answer that this version does not understand.`);
}

function refused(service: Service, status: number, right: OperatorRight): CommandFailure {
  if (status === 401) return new CommandFailure(EXIT.notPermitted, `${service.name} refused the operator token; check ROLEBRIDGE_TOKEN or --token-file.`);
  if (status === 403) return new CommandFailure(EXIT.notPermitted, `${service.name} does not permit this to the operator of this token; it needs the right ${right}.`);
  if (status === 503) return new CommandFailure(EXIT.unreachable, `${service.name} at ${service.url} cannot answer now (503); look at ${service.url}/readyz.`);
  return new CommandFailure(EXIT.failure, `${service.name} answered ${status}; look into its log.`);
}

/** A service of the landscape, as the operator knows it. */
export interface Service {
  readonly name: string;
  readonly url: string;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told apart by the check of the answer
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const cause = isNativeError(error) && isNativeError(error.cause) ? error.cause : error;
  if (!isNativeError(cause)) return 'unknown reason';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
