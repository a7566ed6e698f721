import type { WrappedOriginal } from './dead-letter.ts';
import { fromHeaders, type Headers } from './envelope.ts';
import { FAILURE_KINDS, type Failure } from './failures.ts';
import type { IncomingRecord } from './records.ts';
import { validate } from './validation.ts';

/** A dead letter as read back. */
export interface DeadLetter {
  readonly failure: Failure;
  readonly attempts: number;
  readonly firstFailureAt: string;
  readonly lastFailureAt: string;
  readonly correlationId: string;
  readonly serviceVersion: string;
  readonly plan: readonly string[];
  readonly original: {
    readonly topic: string;
    readonly key: string | null;
    readonly partition?: number;
    readonly offset?: number;
    readonly timestamp?: number;
    /** CloudEvents id, source and type of the original, as far as it had them. */
    readonly event: Readonly<Record<string, string>>;
    /** The original bytes, or the first of them when `cut`. */
    readonly value: Buffer | null;
    readonly cut: boolean;
    /** Length of the whole original. */
    readonly bytes: number;
  };
}

/** The reading side of `deadLetter`. PURE. */
export function readDeadLetter(record: Pick<IncomingRecord, 'headers' | 'value'>): { readonly ok: true; readonly value: DeadLetter } | { readonly ok: false; readonly problem: string } {
  const { headers } = record;
  const envelope = fromHeaders(headers);
  if (!envelope.ok) return envelope;
  const failure = failureOf(headers);
  if (!failure) return { ok: false, problem: 'header rb_error_kind is missing or unknown' };
  const content = contentOf(record);
  if (!content) return { ok: false, problem: 'the wrapper of the original is broken' };
  const original = { ...placeOf(headers), ...content };
  return { ok: true, value: { failure, ...storyOf(headers), correlationId: envelope.value.correlationid, original } };
}

function storyOf(headers: Headers): Pick<DeadLetter, 'attempts' | 'firstFailureAt' | 'lastFailureAt' | 'serviceVersion' | 'plan'> {
  const { rb_attempts: attempts = '0', rb_first_failure_at: firstFailureAt = '', rb_last_failure_at: lastFailureAt = '', rb_service_version: serviceVersion = '', rb_plan: plan } = headers;
  return { attempts: Number(attempts), firstFailureAt, lastFailureAt, serviceVersion, plan: plan ? plan.split(',') : [] };
}

function failureOf(headers: Headers): Failure | undefined {
  const kind = FAILURE_KINDS.find((known) => known === headers['rb_error_kind']);
  if (!kind) return undefined;
  const field = headers['rb_error_field'];
  return { kind, code: headers['rb_error_code'] ?? '', message: headers['rb_error_message'] ?? '', ...(field === undefined ? {} : { field }) };
}

function placeOf(headers: Headers): Pick<DeadLetter['original'], 'topic' | 'key' | 'partition' | 'offset' | 'timestamp' | 'event'> {
  const numbers = ['partition', 'offset', 'timestamp'].flatMap((name) => (headers[`rb_original_${name}`] === undefined ? [] : [[name, Number(headers[`rb_original_${name}`])]]));
  const event = ['id', 'source', 'type'].flatMap((name) => (headers[`rb_original_ce_${name}`] === undefined ? [] : [[name, headers[`rb_original_ce_${name}`]]]));
  return { topic: headers['rb_original_topic'] ?? '', key: headers['rb_original_key'] ?? null, ...Object.fromEntries(numbers), event: Object.fromEntries(event) };
}

function contentOf({ headers, value }: Pick<IncomingRecord, 'headers' | 'value'>): Pick<DeadLetter['original'], 'value' | 'cut' | 'bytes'> | undefined {
  if (headers['rb_original_encoding'] !== 'base64') return { value, cut: false, bytes: value?.length ?? 0 };
  const wrapper = wrapperOf(value);
  if (!wrapper) return undefined;
  const { base64, cut, bytes } = wrapper.rolebridgeOriginal;
  return { value: base64 === null ? null : Buffer.from(base64, 'base64'), cut, bytes };
}

function wrapperOf(value: Buffer | null): WrappedOriginal | undefined {
  try {
    const checked = validate('deadLetter', JSON.parse(value?.toString('utf8') ?? 'null'));
    const { rolebridgeOriginal: original } = (checked.ok ? (checked.value ?? {}) : {}) as Partial<WrappedOriginal>; // the schema has checked the wrapper, if there is one
    return original && { rolebridgeOriginal: original };
  } catch {
    return undefined; // not JSON: broken, as the caller is told
  }
}
