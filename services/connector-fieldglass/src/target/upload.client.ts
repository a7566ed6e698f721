import { ClassifiedError, type Failure } from '@rolebridge/contracts';
import type { RolesPayload, UnitsPayload } from '../decide/steps.ts';
import type { FieldglassSettings, WaitingPattern } from '../settings.ts';
import { markers, type CallScope } from './call-scope.ts';
import { faultFailure, NOT_UNDERSTOOD, returnCodeFailure, statusFailure, WAITING_FOR_USER } from './fieldglass.errors.ts';
import type { AuditTrail } from './audit-trail.client.ts';
import type { Http, HttpAnswer } from './http.ts';
import { redacted } from './redact.ts';
import { emptyUnitsCsv, headerBlockText, rolesCsv, unitsCsv } from './upload-csv.ts';
import { envelope, soapHeaders } from './upload-envelope.ts';
import { parseReply, parseRows, type RowReply, type UploadReply } from './upload-reply.ts';

export interface UploadOptions {
  readonly http: Http;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly settings: Pick<FieldglassSettings, 'soapVersion' | 'connectorName' | 'captions' | 'headerBlock' | 'waitingPattern' | 'roles' | 'rowResults'>;
  /** Where a good reply means only "file received". */
  readonly auditTrail?: AuditTrail;
  /** Told of every accepted transaction, for the log. */
  readonly onTransaction: (transactionId: string, scope: CallScope) => void;
}

interface Sending {
  readonly connectorName: string;
  readonly text: string;
  readonly sensitive: readonly string[];
}

const ACCEPTED = 0;

/** Interface B: uploads by the SOAP service `connectorn` (`systems/fieldglass.md` §4), one user per call. Every method throws ClassifiedError. */
export class UploadClient {
  readonly #options: UploadOptions;

  constructor(options: UploadOptions) {
    this.#options = options;
  }

  async setUnits(payload: UnitsPayload, scope: CallScope): Promise<void> {
    await this.#transfer(this.#unitsOf([payload]), scope);
  }

  /**
   * Several people's units in one file. What became of each, where the reply tells it row by row; `undefined` where it does not: that the
   * file as a whole was taken says nothing about a row.
   */
  async setUnitsOf(payloads: readonly UnitsPayload[], scope: CallScope): Promise<readonly ('done' | Failure | undefined)[]> {
    const { rowResults } = this.#options.settings;
    const sending = this.#unitsOf(payloads);
    const text = await this.#transfer(sending, scope);
    const rows = rowResults ? parseRows(text, rowResults) : [];
    return payloads.map(({ login }) => this.#rowOf(login, rows, sending));
  }

  #unitsOf(payloads: readonly UnitsPayload[]): Sending {
    const { connectorName, captions, headerBlock } = this.#options.settings;
    return { connectorName, text: headerBlockText(headerBlock) + unitsCsv(payloads, captions), sensitive: [...new Set(payloads.flatMap(({ sensitive }) => sensitive))] };
  }

  #rowOf(login: string, rows: readonly RowReply[], sending: Sending): 'done' | Failure | undefined {
    const [own, ...others] = rows.filter(({ username }) => username.toLowerCase() === login.toLowerCase());
    if (own?.returnCode === undefined || others.length > 0) return undefined;
    return this.#judged({ ...own, explanation: this.#redacted(own.explanation, sending) }, own.explanation) ?? 'done';
  }

  #redacted(text: string, { sensitive }: Sending): string {
    const { username, password } = this.#options;
    return redacted(text, [...sensitive, username, password]);
  }

  /** Planned only where the layout is configured. */
  async setRoles(payload: RolesPayload, scope: CallScope): Promise<void> {
    const { headerBlock, roles: layout } = this.#options.settings;
    if (!layout) throw new ClassifiedError(NO_LAYOUT);
    await this.#transfer({ connectorName: layout.connectorName, text: headerBlockText(headerBlock, layout.connectorName) + rolesCsv(payload, layout), sensitive: payload.sensitive }, scope);
  }

  /** Sends column titles without a row: changes nobody, and tells whether user name and password are good. */
  async probe(scope: CallScope): Promise<void> {
    const { connectorName, captions, headerBlock } = this.#options.settings;
    const sending = { connectorName, text: headerBlockText(headerBlock) + emptyUnitsCsv(captions), sensitive: [] };
    const failure = this.#failureOf(await this.#send(sending, scope), sending);
    if (failure && PROBE_FAILURES.includes(failure.kind)) throw new ClassifiedError(failure);
  }

  /** The text of the reply. */
  async #transfer(sending: Sending, scope: CallScope): Promise<string> {
    const answer = await this.#send(sending, scope);
    const failure = this.#failureOf(answer, sending);
    if (failure) throw new ClassifiedError(failure, { answer: { status: answer.status, text: answer.text } });
    const transactionId = parseReply(answer.text)?.transactionId;
    if (transactionId) this.#options.onTransaction(transactionId, scope);
    await this.#options.auditTrail?.confirm(transactionId, sending.sensitive, scope);
    return answer.text;
  }

  #send({ connectorName, text }: Sending, scope: CallScope): Promise<HttpAnswer> {
    const { http, url, username, password, settings } = this.#options;
    const { soapVersion } = settings;
    const body = envelope({ username, password, connectorName, text }, soapVersion);
    return http.send({ operation: 'upload', method: 'POST', url, headers: { ...soapHeaders(soapVersion), ...markers(scope) }, body, signal: scope.signal });
  }

  /** 200 with another code than 0 is a failure; faults come with 400 or 500 (SOAP 1.1 §6.2, SOAP 1.2 part 2 §7.5.2). */
  #failureOf({ status, text, retryAfterMs }: HttpAnswer, { sensitive }: Sending): Failure | undefined {
    const { username, password } = this.#options;
    const reply = SPOKEN_WITH.includes(status) ? parseReply(text) : undefined;
    if (reply && (reply.fault !== undefined || reply.returnCode !== undefined)) {
      return this.#judged({ ...reply, explanation: redacted(reply.explanation, [...sensitive, username, password]) }, reply.explanation);
    }
    return status === 200 ? NOT_UNDERSTOOD : statusFailure({ operation: 'upload', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }

  #judged({ returnCode, fault, explanation, transactionId }: UploadReply, original: string): Failure | undefined {
    if (fault === undefined && returnCode === ACCEPTED) return undefined;
    if (saysWaiting(this.#options.settings.waitingPattern, returnCode, original)) return WAITING_FOR_USER;
    const failure = returnCode === undefined || returnCode === ACCEPTED ? faultFailure(fault ?? '', explanation) : returnCodeFailure(returnCode, explanation);
    return transactionId ? { ...failure, message: `${failure.message} (Transaction ${redacted(transactionId, [])}.)` } : failure;
  }
}

/** With any other status it is not the service that speaks. */
const SPOKEN_WITH: readonly number[] = [200, 400, 500];

/** Any other answer shows that the service took our credentials. */
const PROBE_FAILURES: readonly Failure['kind'][] = ['halting', 'transient', 'in-doubt'];

function saysWaiting(pattern: WaitingPattern | undefined, returnCode: number | undefined, explanation: string): boolean {
  if (!pattern || (pattern.returnCode !== undefined && pattern.returnCode !== returnCode)) return false;
  return new RegExp(pattern.explanation, 'iu').test(explanation);
}

const NO_LAYOUT: Failure = { kind: 'halting', code: 'roles-not-configured', message: 'Roles are to be written, but settings.roles is not configured any more. Configure it.' };
