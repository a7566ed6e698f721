import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyText, startSimulator } from '@rolebridge/simulator-kit';
import type { Answer, Call, RunningSimulator, SimulatorContext } from '@rolebridge/simulator-kit';
import { BusinessError } from './actions.ts';
import { MessageQueue } from './message-queue.ts';
import { readMessage, textAt, child } from './received-message.ts';
import type { FormFault, Reading, ReceivedMessage } from './received-message.ts';
import { Tenant } from './tenant.ts';
import type { Delivery } from './tenant.ts';

export interface SalesCloudSimulatorOptions {
  /** 0 = any free port. */
  readonly port: number;
  readonly host?: string;
  readonly user: string;
  readonly password: string;
  readonly senderParty: string;
  readonly recipientParty: string;
  /** Accepted messages take effect within this time, in any order. Default 200. */
  readonly settleWindowMs?: number;
  /** Whether a message id seen before is dropped; what the product does is not known. Default false. */
  readonly dropDuplicates?: boolean;
  readonly seed?: number;
}

export const SERVICE_PATH = '/sap/bc/srt/scs/sap/employeereplicationin2';
const SOAP_ACTION = 'http://sap.com/xi/A1S/Global/EmployeeReplicationIn/ReplicateEmployeeRequest';
const DEFAULT_SETTLE_WINDOW_MS = 200;
const KNOWN_QUERY = ['sap-vhost', 'MessageId'];

/** SAP Sales Cloud, interface V2 (SOAP `employeereplicationin2`), as `systems/sales-cloud.md` §3 describes it. */
export async function startSalesCloudSimulator(options: SalesCloudSimulatorOptions): Promise<RunningSimulator> {
  const endpoint = new Endpoint(options);
  const simulator = await startSimulator({
    name: 'sales-cloud',
    port: options.port,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    state: () => endpoint.state(),
    reset: () => endpoint.reset(),
    routes: (app, context) => endpoint.routes(app, context),
    answers: {
      refuse: () => faultAnswer({ code: 'Client', text: 'Refused on order.' }),
      'soap-fault': () => faultAnswer({ code: 'Server', text: 'Failed on order.' }),
      'wrong-credentials': () => UNAUTHORISED,
      'error-code': (fault, call) => endpoint.swallow(call, fault.value ?? 0),
    },
  });
  return { ...simulator, close: () => endpoint.close().then(() => simulator.close()) };
}

const UNAUTHORISED: Answer = { status: 401, headers: { 'www-authenticate': 'Basic realm="SAP"' } };

/** A call together with what was read of it, so that a fault on order can still speak of the message. */
interface ReadCall extends Call {
  readonly reading: Reading;
}

class Endpoint {
  readonly #options: SalesCloudSimulatorOptions;
  readonly #credentials: string;
  #tenant: Tenant;
  #queue: MessageQueue | undefined;
  #seen = new Set<string>();
  #accepted = 0;
  #duplicates = 0;

  constructor(options: SalesCloudSimulatorOptions) {
    this.#options = options;
    this.#credentials = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`;
    this.#tenant = this.#emptyTenant();
  }

  routes(app: FastifyInstance, context: SimulatorContext): void {
    const settleWindowMs = this.#options.settleWindowMs ?? DEFAULT_SETTLE_WINDOW_MS;
    this.#queue = new MessageQueue({ settleWindowMs, random: () => context.random(), takeEffect: (delivery) => this.#tenant.process(delivery) });
    app.post(SERVICE_PATH, (request, reply) => this.#replicate(request, reply, context));
    app.get(SERVICE_PATH, (request, reply) =>
      context.perform(request, reply, { operation: 'GET' }, () => (this.#isKnown(request) ? { status: 405, headers: { allow: 'POST' } } : UNAUTHORISED)),
    );
  }

  state(): object {
    return { accepted: this.#accepted, duplicateMessageIds: this.#duplicates, pending: this.#queue?.pending ?? 0, ...this.#tenant.state() };
  }

  reset(): void {
    this.#queue?.clear();
    this.#tenant = this.#emptyTenant();
    this.#seen = new Set();
    this.#accepted = 0;
    this.#duplicates = 0;
  }

  close(): Promise<void> {
    this.#queue?.clear();
    return Promise.resolve();
  }

  /** The product's kind of "answered well, but failed": accepted on the wire, an error in the monitoring. */
  swallow(call: Call, code: number): Answer {
    const reading = (call as ReadCall).reading; // every call of this endpoint was made by #replicate
    if (reading.ok) this.#tenant.refuse(this.#delivery(reading.message, call.generation), new BusinessError(`on-order-${String(code)}`, 'Failed on order.'));
    return { status: 202, result: `202, error ${String(code)} in the monitoring` };
  }

  #replicate(request: FastifyRequest, reply: FastifyReply, context: SimulatorContext): Promise<FastifyReply> {
    const reading = readMessage(bodyText(request));
    const generation = request.headers['x-rolebridge-generation'];
    const call: ReadCall = { operation: 'ReplicateEmployee', reading, ...namesOf(reading), ...(typeof generation === 'string' ? { generation } : {}) };
    return context.perform(request, reply, call, () => {
      if (!this.#isKnown(request)) return UNAUTHORISED;
      const problem = httpProblem(request);
      if (problem) return problem;
      return reading.ok ? this.#accept(this.#delivery(reading.message, call.generation)) : faultAnswer(reading.fault);
    });
  }

  #accept(delivery: Delivery): Answer {
    const { id, employees } = delivery.message;
    const isDuplicate = id !== undefined && this.#seen.has(id);
    if (id !== undefined) this.#seen.add(id);
    this.#accepted += 1;
    if (isDuplicate) this.#duplicates += 1;
    if (isDuplicate && this.#options.dropDuplicates === true) return { status: 202, result: '202, dropped as a duplicate' };
    this.#queue?.add(delivery);
    return { status: 202, writes: employees.length };
  }

  #delivery(message: ReceivedMessage, generation: string | undefined): Delivery {
    return { message, arrival: this.#accepted + 1, ...(generation === undefined ? {} : { generation }) };
  }

  #isKnown(request: FastifyRequest): boolean {
    return request.headers.authorization === this.#credentials;
  }

  #emptyTenant(): Tenant {
    const { senderParty, recipientParty } = this.#options;
    return new Tenant({ senderParty, recipientParty, nowIso: () => new Date().toISOString() });
  }
}

function namesOf(reading: Reading): Pick<Call, 'key' | 'aliases' | 'users'> {
  if (!reading.ok) return {};
  const keys = reading.message.employees.flatMap((employee) => textAt(employee, 'ReceiverEmployeeID') ?? textAt(employee, 'EmployeeID') ?? []);
  const logins = reading.message.employees.flatMap((employee) => textAt(child(employee, 'Identity'), 'IdentityID') ?? []);
  const [key] = keys;
  return { users: reading.message.employees.length, aliases: [...keys, ...logins], ...(key === undefined ? {} : { key }) };
}

function httpProblem(request: FastifyRequest): Answer | undefined {
  if (!/^text\/xml\b/i.test(request.headers['content-type'] ?? '')) return { status: 415 };
  const action = request.headers['soapaction'];
  if (typeof action !== 'string' || action.replaceAll('"', '') !== SOAP_ACTION) return faultAnswer({ code: 'Client', text: 'The SOAPAction is not known.' });
  const query = new URL(request.url, 'http://simulator').searchParams;
  const unknown = [...query.keys()].find((name) => !KNOWN_QUERY.includes(name));
  if (unknown !== undefined) return faultAnswer({ code: 'Client', text: `The query parameter ${unknown} is not known.` });
  return query.has('sap-vhost') ? undefined : faultAnswer({ code: 'Client', text: 'The query parameter sap-vhost is missing.' });
}

function faultAnswer({ code, text }: FormFault | { readonly code: 'Server'; readonly text: string }): Answer {
  const readable = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const body =
    '<?xml version="1.0" encoding="UTF-8"?><soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body><soap-env:Fault>' +
    `<faultcode>soap-env:${code}</faultcode><faultstring xml:lang="en">${readable}</faultstring></soap-env:Fault></soap-env:Body></soap-env:Envelope>`;
  return { status: 500, type: 'text/xml; charset=utf-8', body, result: `500 ${code}: ${text}` };
}
