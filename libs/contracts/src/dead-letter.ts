import { createHash } from 'node:crypto';
import { toHeaders, type Headers } from './envelope.ts';
import type { Failure } from './failures.ts';
import type { OutgoingRecord } from './records.ts';
import { TOPICS, topicName } from './topics.ts';
import { mayBeUnstorable, unstorableText } from './unstorable.ts';

/** What is buried: a record as read (IncomingRecord), or a stored wish with what is still known of its record. */
export interface Original {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer | string | null;
  readonly partition?: number;
  readonly offset?: number;
  /** Milliseconds since the epoch. */
  readonly timestamp?: number;
  readonly headers?: Headers;
}

export interface Burial {
  /** By which operators name it; see `DeadLetterSummary`. */
  readonly id?: string;
  readonly consumer: string;
  /** Topic prefix of the landscape, default none. */
  readonly prefix?: string;
  readonly original: Original;
  readonly failure: Failure;
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailureAt: string;
  readonly correlationId: string;
  readonly serviceVersion: string;
  /** Names of the steps that were to be done; never their content. */
  readonly plan?: readonly string[];
  /** ISO 8601; the last failure. Default now. */
  readonly at?: string;
}

/** The value of a dead letter fits every broker and every outbox: 1 000 000 bytes. */
export const MAX_DEAD_LETTER_BYTES = 1_000_000;
/** In base64 and in its wrapper this fits the limit. */
const KEPT_BYTES = 700_000;

/** Wrapper of an original that cannot stand for itself; see `schemas/dead-letter.v1.schema.json`. */
export interface WrappedOriginal {
  readonly rolebridgeOriginal: { readonly base64: string | null; readonly bytes: number; readonly sha256: string; readonly cut: boolean };
}

/**
 * The record for `<consumer>.dead-letter.v1`: the original value untouched where it is storable UTF-8 JSON, else wrapped; cut
 * beyond 1 000 000 bytes, with hash, and the offset where the whole stands (L3). Headers hold no personal data and no secrets.
 */
export function deadLetter(burial: Burial): OutgoingRecord {
  const { consumer, prefix, original, correlationId, at = new Date().toISOString() } = burial;
  const bytes = bytesOf(original.value);
  const untouched = asItWas(bytes);
  const key = clean(original.key ?? placeOf(original));
  return {
    topic: topicName('deadLetter', { consumer }, prefix),
    key,
    value: untouched ?? JSON.stringify(wrapped(bytes)),
    headers: {
      ...toHeaders({ source: `/rolebridge/${consumer}`, type: TOPICS.deadLetter.eventType, subject: key, time: at, correlationid: clean(correlationId) }),
      ...errorHeaders(burial, at),
      ...originalHeaders(original, bytes, untouched === undefined ? 'base64' : 'identity'),
    },
  };
}

function errorHeaders({ id, failure, attempts, firstFailureAt, serviceVersion, plan }: Burial, at: string): Headers {
  return {
    ...(id === undefined ? {} : { rb_dead_letter_id: id }),
    rb_error_kind: failure.kind,
    rb_error_code: clean(failure.code),
    rb_error_message: maskedText(failure.message),
    ...(failure.field === undefined ? {} : { rb_error_field: clean(failure.field) }),
    rb_attempts: String(attempts),
    rb_first_failure_at: firstFailureAt,
    rb_last_failure_at: at,
    rb_service_version: serviceVersion,
    ...(plan === undefined ? {} : { rb_plan: clean(plan.join(',')) }),
  };
}

function originalHeaders(original: Original, bytes: Buffer | null, encoding: 'identity' | 'base64'): Headers {
  const known = {
    rb_original_topic: original.topic,
    rb_original_partition: original.partition,
    rb_original_offset: original.offset,
    rb_original_timestamp: original.timestamp,
    rb_original_key: original.key,
    rb_original_bytes: bytes?.length,
    rb_original_ce_id: original.headers?.['ce_id'],
    rb_original_ce_source: original.headers?.['ce_source'],
    rb_original_ce_type: original.headers?.['ce_type'],
    rb_original_encoding: encoding,
  };
  return Object.fromEntries(Object.entries(known).flatMap(([name, value]) => (value === undefined || value === null ? [] : [[name, clean(String(value))]])));
}

function bytesOf(value: Buffer | string | null): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
}

/** The value as text, if it may travel as it is. */
function asItWas(bytes: Buffer | null): string | undefined {
  if (bytes === null || bytes.length > MAX_DEAD_LETTER_BYTES) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const json: unknown = JSON.parse(text);
    return json === null || (mayBeUnstorable(text) && unstorableText(json) !== undefined) ? undefined : text;
  } catch {
    return undefined; // neither UTF-8 nor JSON: it is wrapped
  }
}

function wrapped(bytes: Buffer | null): WrappedOriginal {
  const all = bytes ?? Buffer.alloc(0);
  const sha256 = createHash('sha256').update(all).digest('hex');
  return { rolebridgeOriginal: { base64: bytes && all.subarray(0, KEPT_BYTES).toString('base64'), bytes: all.length, sha256, cut: all.length > KEPT_BYTES } };
}

function placeOf({ topic, partition, offset }: Original): string {
  return `${topic}/${partition ?? '?'}/${offset ?? '?'}`;
}

/** One line of storable text without e-mail addresses and credentials. Failures are redacted where they arise; this is the net below. */
export function maskedText(text: string): string {
  return clean(text.replaceAll(/[^\s<>"']{1,256}@[^\s<>"']{1,256}/g, '[e-mail]').replaceAll(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]'));
}

/** One line of storable text, at most 1000 characters. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 1000).toWellFormed();
}
