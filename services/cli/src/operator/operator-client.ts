import { OPERATOR_PATHS, type ConnectorStatus, type UserIdentity, type UserStatus } from '@rolebridge/contracts';
import { isNativeError } from 'node:util/types';
import { CommandFailure, EXIT } from '../failure.ts';
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

  async #get<T>(service: Service, path: string, isAnswer: (value: unknown) => value is T): Promise<T | undefined> {
    const { status, body } = await this.#fetch(service, path);
    if (status === 404) return undefined;
    if (status === 401) throw new CommandFailure(EXIT.notPermitted, `${service.name} refused the operator token; check ROLEBRIDGE_TOKEN or --token-file.`);
    if (status === 403) throw new CommandFailure(EXIT.notPermitted, `${service.name} does not permit this to the operator of this token; it needs the right read.`);
    if (status === 503) throw new CommandFailure(EXIT.unreachable, `${service.name} at ${service.url} cannot answer now (503); look at ${service.url}/readyz.`);
    if (status !== 200) throw new CommandFailure(EXIT.failure, `${service.name} answered ${status}; look into its log.`);
    if (!isAnswer(body)) throw new CommandFailure(EXIT.failure, `${service.name} at ${service.url} gave an answer that this version does not understand.`);
    return body;
  }

  async #fetch(service: Service, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const address = service.url.replace(/\/+$/, '') + path;
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const response = await fetch(address, { headers: { authorization: `Bearer ${this.#token}`, accept: 'application/json' }, redirect: 'error', signal });
      const text = await response.text();
      return { status: response.status, body: parsed(text) };
    } catch (error) {
      throw new CommandFailure(EXIT.unreachable, `${service.name} cannot be reached at ${service.url} (${reasonOf(error, this.#timeoutMs)}); is it running?`);
    }
  }
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
