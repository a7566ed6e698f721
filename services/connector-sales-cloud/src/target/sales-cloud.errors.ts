import { ClassifiedError } from '@rolebridge/contracts';
import type { Failure, FailureKind } from '@rolebridge/contracts';

type Classified = Pick<Failure, 'kind' | 'code' | 'message'>;

const classified = (kind: FailureKind, code: string, message: string): Classified => ({ kind, code, message });

/**
 * Answers to a message by status (R-23, `systems/sales-cloud.md` §8). 502 and 504 come from something between us and the
 * target, which may have taken the message: in doubt.
 */
const BY_STATUS: Readonly<Record<number, Classified>> = {
  400: classified('rejected', 'http-400', 'Sales Cloud refused the message as malformed.'),
  401: classified('halting', 'http-401', 'Sales Cloud refused our credentials. Check settings.authentication.'),
  403: classified('halting', 'http-403', 'Sales Cloud denied us the service. Check the rights of the communication user.'),
  404: classified('halting', 'http-404', 'Nothing answers at this address. Check the address and settings.path.'),
  405: classified('rejected', 'http-405', 'The address does not take messages. Check the address and settings.path.'),
  408: classified('transient', 'http-408', 'Sales Cloud did not receive the message in time.'),
  409: classified('rejected', 'http-409', 'Sales Cloud reports a conflict for this person.'),
  413: classified('rejected', 'http-413', 'Sales Cloud finds the message too large.'),
  415: classified('rejected', 'http-415', 'Sales Cloud refused the media type of the message.'),
  422: classified('rejected', 'http-422', 'Sales Cloud refused the content of the message.'),
  429: classified('transient', 'http-429', 'Sales Cloud asks us to slow down.'),
  500: classified('in-doubt', 'http-500', 'Sales Cloud reports an internal error; whether the message was taken is not known.'),
  502: classified('in-doubt', 'http-502', 'A gateway lost the answer of Sales Cloud; whether the message was taken is not known.'),
  503: classified('transient', 'http-503', 'Sales Cloud is not available.'),
  504: classified('in-doubt', 'http-504', 'A gateway waited in vain for Sales Cloud; whether the message was taken is not known.'),
};

/** SOAP 1.1 fault codes (§4.4.1 there), by local name; the others stand for the sender's mistakes in security headers. */
const BY_FAULT: Readonly<Record<string, Classified>> = {
  Server: classified('transient', 'soap-fault-server', 'Sales Cloud could not take the message now.'),
  Client: classified('rejected', 'soap-fault-client', 'Sales Cloud refused the message as wrong.'),
  VersionMismatch: classified('rejected', 'soap-fault-version', 'Sales Cloud refused the version of the envelope.'),
  MustUnderstand: classified('rejected', 'soap-fault-must-understand', 'Sales Cloud did not understand a header.'),
  FailedAuthentication: classified('halting', 'soap-fault-authentication', 'Sales Cloud refused our credentials. Check settings.authentication.'),
};

export interface TargetAnswer {
  readonly status: number;
  /** Local name of the SOAP fault code, if the answer is a fault. */
  readonly faultCode?: string;
  readonly retryAfterMs?: number;
}

/** The failure of an answer that is not 2xx. An authentication status outranks the fault in its body. */
export function failureOfAnswer({ status, faultCode, retryAfterMs }: TargetAnswer): Failure {
  const byFault = faultCode !== undefined && status >= 500 ? BY_FAULT[faultCode.split('.')[0] ?? ''] : undefined;
  return { ...(byFault ?? BY_STATUS[status] ?? otherStatus(status)), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function otherStatus(status: number): Classified {
  const code = `http-${String(status)}`;
  if (status >= 300 && status < 400) return classified('halting', code, 'The address leads somewhere else. Enter the final address.');
  if (status >= 500) return classified('in-doubt', code, `Sales Cloud answered ${String(status)}; whether the message was taken is not known.`);
  if (status >= 400) return classified('rejected', code, `Sales Cloud refused the message with status ${String(status)}.`);
  return classified('unclassified', code, `Sales Cloud answered with the unexpected status ${String(status)}.`);
}

/** Nothing was sent yet. */
const BEFORE_SENDING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** Our side of the connection is wrong, for every user alike: certificates, protocol. */
const TRUST = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|EPROTO)/;

/**
 * The failure of a call without an answer. `wrote`: a message may have left; then only an error that is sure to come
 * before sending is no doubt.
 */
export function failureOfNetwork(error: unknown, wrote: boolean): ClassifiedError {
  if (error instanceof ClassifiedError) return error;
  const code = networkCode(error);
  return new ClassifiedError(networkFailure(code, wrote), { cause: error });
}

function networkFailure(code: string, wrote: boolean): Failure {
  if (TRUST.test(code)) return classified('halting', code.toLowerCase(), 'No trusted connection to Sales Cloud. Check the certificates in settings.');
  if (BEFORE_SENDING.has(code)) return classified('transient', code.toLowerCase(), 'Sales Cloud cannot be reached.');
  if (!wrote) return classified('transient', code.toLowerCase(), 'Sales Cloud did not answer.');
  return classified('in-doubt', code.toLowerCase(), 'The connection ended before the answer; whether the message was taken is not known.');
}

/** Names of the errors that the two abort signals give. */
const BY_NAME: Readonly<Record<string, string>> = { TimeoutError: 'timeout', AbortError: 'aborted' };

/** The code of the error or of what caused it. */
function networkCode(error: unknown): string {
  const name = BY_NAME[textOf(error, 'name')];
  const code = name ?? textOf(error, 'code');
  if (code !== '') return code;
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? 'unknown' : networkCode(cause);
}

function textOf(error: unknown, field: 'name' | 'code'): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === 'string' ? value : '';
}
