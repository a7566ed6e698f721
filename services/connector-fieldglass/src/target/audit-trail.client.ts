import { setTimeout as pause } from 'node:timers/promises';
import type { SharedToken } from '@rolebridge/connector-sdk';
import { ClassifiedError, type Failure } from '@rolebridge/contracts';
import { isObject } from '../decide/mapping.ts';
import type { Asynchronous } from '../settings.ts';
import { markers, type CallScope } from './call-scope.ts';
import { statusFailure } from './fieldglass.errors.ts';
import type { Http } from './http.ts';
import { parseJson } from './json.ts';
import { redacted } from './redact.ts';

export interface AuditTrailOptions {
  readonly http: Http;
  readonly token: SharedToken;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly asynchronous: Asynchronous;
  readonly nowMs: () => number;
}

/** Finds out what became of a file that was only received, by the Integration Audit Trail (`systems/fieldglass.md` §4.1). */
export class AuditTrail {
  readonly #options: AuditTrailOptions;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
  }

  /** Resolves when a record of the transaction tells success. Throws ClassifiedError: refused, or still unknown in the end. */
  async confirm(transactionId: string | undefined, sensitive: readonly string[], scope: CallScope): Promise<void> {
    if (transactionId === undefined) throw new ClassifiedError(NO_TRANSACTION);
    const { asynchronous, nowMs } = this.#options;
    const until = nowMs() + asynchronous.pollForMs;
    for (;;) {
      const records = await this.#records(transactionId, scope);
      if (records !== undefined) return this.#judge(records, sensitive);
      if (nowMs() + asynchronous.pollEveryMs > until) throw new ClassifiedError(STILL_UNKNOWN);
      await pauseUnlessAborted(asynchronous.pollEveryMs, scope.signal);
    }
  }

  #judge(records: string, sensitive: readonly string[]): void {
    if (!new RegExp(this.#options.asynchronous.failedPattern, 'iu').test(records)) return;
    throw new ClassifiedError({ kind: 'rejected', code: 'upload-record-failed', message: `SAP Fieldglass took the upload but not its record. It says: ${redacted(records, sensitive)}` }, { answer: { text: records } });
  }

  /** The records of the transaction as text; undefined while there are none. */
  async #records(transactionId: string, scope: CallScope): Promise<string | undefined> {
    const { http, token, url, headers } = this.#options;
    const send = (value: string) =>
      http.send({
        operation: 'audit-trail',
        method: 'GET',
        url: `${url}?TransactionId=${encodeURIComponent(transactionId)}`,
        headers: { ...headers, ...markers(scope), authorization: `Bearer ${value}`, accept: 'application/json' },
        signal: scope.signal,
      });
    const first = await token.get();
    const answer = await send(first);
    const { status, text, retryAfterMs } = answer.status === 401 ? await send(await token.replace(first)) : answer;
    if (status !== 200) throw new ClassifiedError(doubtful(statusFailure({ operation: 'audit-trail', status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })));
    return recordsOf(parseJson(text));
  }
}

/** Reply: `HEADER {appVersion, numRecs, status, details}` and `PAYLOAD`. */
function recordsOf(reply: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const header = reply?.['HEADER'];
  if (!isObject(header) || !(Number(header['numRecs']) > 0)) return undefined;
  return JSON.stringify(reply?.['PAYLOAD'] ?? '');
}

/** The file itself was received: whatever goes wrong while asking for its result leaves the result in doubt. */
function doubtful(failure: Failure): Failure {
  return failure.kind === 'transient' ? { ...failure, kind: 'in-doubt' } : failure;
}

async function pauseUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw new ClassifiedError(STILL_UNKNOWN);
    throw error;
  }
}

const STILL_UNKNOWN: Failure = { kind: 'in-doubt', code: 'upload-pending', message: 'SAP Fieldglass has received the upload but tells no result yet; it is sent again later.' };

const NO_TRANSACTION: Failure = { kind: 'unclassified', code: 'transaction-missing', message: 'SAP Fieldglass accepted the upload without a transaction, so its result cannot be asked for. Check settings.asynchronous.' };
