import { ClassifiedError } from '@rolebridge/contracts';
import type { System } from '@rolebridge/landscape';
import { CORRELATION_HEADER } from '@rolebridge/observability';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { SalesCloudPayload } from '../decide/message.ts';
import type { SalesCloudSettings } from '../settings.ts';
import { employeeReplicationXml, SOAP_ACTION } from './employee-replication.xml.ts';
import { authorisation, tlsOptions } from './sales-cloud.authentication.ts';
import type { ReadSecret } from './sales-cloud.authentication.ts';
import { failureOfAnswer, failureOfNetwork } from './sales-cloud.errors.ts';
import { soapFaultCode } from './soap-fault.ts';

export interface OutgoingCall {
  readonly wireId: string;
  readonly correlationId: string;
  readonly signal: AbortSignal;
}

export interface SalesCloudClient {
  /** Sends one message. Any 2xx means that it was accepted, never that it was applied. Throws ClassifiedError. */
  send(payload: SalesCloudPayload, call: OutgoingCall): Promise<void>;
  /** Asks the address without touching anybody. Throws ClassifiedError. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly system: System;
  readonly settings: SalesCloudSettings;
  readonly secret: ReadSecret;
  readonly now: () => Date;
}

/** Answers longer than this are no faults we could read anyway. */
const MAX_ANSWER_BYTES = 65_536;
const MAX_CONNECT_MS = 10_000;

export function salesCloudClient({ system, settings, secret, now }: ClientOptions): SalesCloudClient {
  const { timeoutMs, concurrency } = system.limits;
  const agent = new Agent({
    connections: concurrency,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: Math.min(timeoutMs, MAX_CONNECT_MS), ...tlsOptions(settings.authentication, settings.trustedCa, secret) },
  });
  const auth = authorisation(settings.authentication, secret, agent);
  const address = serviceAddress(system, settings);
  const limited = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);

  const post = async (payload: SalesCloudPayload, call: OutgoingCall): Promise<{ readonly answer: Dispatcher.ResponseData; readonly header: string | undefined }> => {
    const signal = limited(call.signal);
    const header = await auth.header(signal);
    const body = employeeReplicationXml(payload.message, { id: call.wireId, createdAt: now() }, settings);
    try {
      const answer = await request(withMessageId(address, call.wireId, settings), {
        method: 'POST',
        dispatcher: agent,
        signal,
        body,
        headers: { ...messageHeaders(payload, call, settings), ...(header === undefined ? {} : { authorization: header }) },
      });
      return { answer, header };
    } catch (error) {
      throw failureOfNetwork(error, true);
    }
  };

  return {
    send: async (payload, call) => {
      const first = await post(payload, call);
      const again = first.answer.statusCode === 401 && auth.refused(first.header);
      if (again) await first.answer.body.dump();
      await judged(again ? (await post(payload, call)).answer : first.answer);
    },
    probe: async (signal) => {
      if (settings.probe === 'none') return;
      await probed({ url: `${address}&wsdl`, agent, signal: limited(signal), header: await auth.header(limited(signal)) });
    },
    close: () => agent.close(),
  };
}

/** Base address, path and virtual host (`systems/sales-cloud.md` §2). */
function serviceAddress(system: System, settings: SalesCloudSettings): string {
  const base = new URL(system.url);
  const address = new URL(settings.path, base);
  address.searchParams.set('sap-vhost', settings.vhost ?? base.hostname);
  return address.href;
}

function withMessageId(address: string, id: string, settings: SalesCloudSettings): string {
  return settings.messageIdInQuery ? `${address}&MessageId=${id}` : address;
}

function messageHeaders(payload: SalesCloudPayload, call: OutgoingCall, settings: SalesCloudSettings): Record<string, string> {
  return {
    'content-type': 'text/xml; charset=utf-8',
    soapaction: `"${SOAP_ACTION}"`,
    [CORRELATION_HEADER]: call.correlationId,
    ...(settings.generationHeader ? { 'x-rolebridge-generation': String(payload.generation) } : {}),
  };
}

async function judged(answer: Dispatcher.ResponseData): Promise<void> {
  const { statusCode, headers } = answer;
  if (statusCode >= 200 && statusCode < 300) return answer.body.dump();
  const text = await textOf(answer);
  const faultCode = soapFaultCode(text);
  const retryAfterMs = retryAfter(headers['retry-after']);
  throw new ClassifiedError(failureOfAnswer({ status: statusCode, ...(faultCode === undefined ? {} : { faultCode }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }), { answer: { status: statusCode, text } });
}

async function textOf(answer: Dispatcher.ResponseData): Promise<string> {
  try {
    return await answer.body.text();
  } catch {
    return ''; // the status is known; only the details are lost
  }
}

/** Seconds or a date (RFC 9110 §10.2.3), as milliseconds from now. */
function retryAfter(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const ms = Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Statuses that are bad for everybody; whatever else answers is reachable: whether GET is served there is not documented. */
const BAD_FOR_ALL = [401, 403, 404];

async function probed(probe: { readonly url: string; readonly agent: Agent; readonly signal: AbortSignal; readonly header: string | undefined }): Promise<void> {
  const { url, agent, signal, header } = probe;
  try {
    const answer = await request(url, { method: 'GET', dispatcher: agent, signal, ...(header === undefined ? {} : { headers: { authorization: header } }) });
    await answer.body.dump();
    const { statusCode: status } = answer;
    if (BAD_FOR_ALL.includes(status) || (status >= 300 && status < 400)) throw new ClassifiedError(failureOfAnswer({ status }));
  } catch (error) {
    throw failureOfNetwork(error, false);
  }
}
